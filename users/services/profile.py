"""What people say about themselves."""

from core.db import on_violation
from core.use_cases import use_case
from users import errors
from users.models import User
from users.steps.accounts import EMAIL_ONCE


@use_case
def update_profile(
    *, person: User, first_name: str | None, last_name: str | None, email: str | None
) -> User:
    """Change what is given; `None` leaves a field alone. Raises `EmailTaken`."""
    given = {"first_name": first_name, "last_name": last_name, "email": email}
    changes = {name: value for name, value in given.items() if value is not None}
    for name, value in changes.items():
        setattr(person, name, value)
    with on_violation(EMAIL_ONCE, errors.EmailTaken()):
        person.save(update_fields=[*changes, "updated_at"])
    return person
