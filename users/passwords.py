"""One password policy for every path: sign-up, change, reset, the admin (USERS-07, NA-03)."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from users import errors
from users.models import User


def hash_password(password: str, *, person: User) -> str:
    """The hash of a password that passes the policy for `person`. Raises `PasswordWeak`.

    Slow on purpose: call it outside transactions.
    """
    check_strength(password, person=person)
    return make_password(password)


def check_strength(password: str, *, person: User) -> None:
    """Raise `PasswordWeak` unless the policy of `AUTH_PASSWORD_VALIDATORS` allows it."""
    try:
        validate_password(password, person)
    except ValidationError as exc:
        raise errors.PasswordWeak(reasons=" ".join(exc.messages)) from exc
