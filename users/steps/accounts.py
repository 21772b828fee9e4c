"""Accounts."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from core.db import on_violation, requires_transaction
from users import errors
from users.models import OtpChallenge, Role, SignUp, User

# How long a sign-up waits for its code; a resend within it still finds the names.
SIGN_UP_KEPT = timedelta(hours=1)
EMAIL_ONCE = "users_user_email_once"


def has_live_sign_up(*, phone: str, now: datetime) -> bool:
    """Whether somebody registered with this phone a while ago and has not proven it yet."""
    return SignUp.objects.filter(phone=phone, made_at__gt=now - SIGN_UP_KEPT).exists()


@requires_transaction
def find_or_open_account(*, challenge: OtpChallenge, now: datetime) -> User | None:
    """The account of a proven phone, made from its last sign-up if there was none.

    `None` if there is neither. An account that exists keeps all it has.
    """
    phone = challenge.phone
    person = User.objects.filter(phone=phone).first()
    if person is None:
        person = _open_account(challenge, now)
    elif person.phone_verified_at is None:
        person.phone_verified_at = now
        person.save(update_fields=["phone_verified_at", "updated_at"])
    SignUp.objects.filter(phone=phone).delete()
    return person


def _open_account(challenge: OtpChallenge, now: datetime) -> User | None:
    since = challenge.requested_at - SIGN_UP_KEPT
    sign_ups = list(
        SignUp.objects.filter(phone=challenge.phone, made_at__gt=since).order_by("-made_at")
    )
    if not sign_ups:
        return None
    newest = sign_ups[0]
    # Whoever proves the phone may not be who chose the password: it counts only if this very
    # sign-up asked for this very code and nobody else signed up with the phone (ADR 0020).
    is_surely_theirs = len(sign_ups) == 1 and newest.challenge_id == challenge.pk
    password = newest.password if is_surely_theirs else ""
    person = User(
        id=newest.pk,
        phone=newest.phone,
        phone_verified_at=now,
        first_name=newest.first_name,
        last_name=newest.last_name,
        email=newest.email,
        role=Role.CLIENT,
        password=password or make_password(None),
    )
    try:
        with on_violation(EMAIL_ONCE, errors.EmailTaken()):
            person.save(force_insert=True)
    except errors.EmailTaken:
        # To refuse would tell a stranger that the address has an account.
        person.email = ""
        person.save(force_insert=True)
    return person
