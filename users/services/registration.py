"""Signing up: what was written waits until the phone is proven (USERS-01, ADR 0020)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from users.models import Channel, Purpose, SignUp, User
from users.passwords import hash_password
from users.steps.challenges import open_challenge


def register(
    *,
    phone: str,
    first_name: str,
    last_name: str,
    email: str,
    password: str | None,
    channel: Channel,
    ip: str | None,
    now: datetime,
) -> UUID:
    """Keep a sign-up and send a code; the id its account will have.

    The same for a phone that has an account, whose owner then gets the code: nothing tells them
    apart. Raises `PasswordWeak`, `OtpLocked`, `OtpTooSoon`, `OtpTooMany`.
    """
    person = User(phone=phone, first_name=first_name, last_name=last_name, email=email)
    # Before the transaction: hashing is slow on purpose, and the request for a code holds a lock.
    hashed = hash_password(password, person=person) if password is not None else ""
    person.password = hashed
    return _keep_sign_up(person=person, channel=channel, ip=ip, now=now)


@use_case
def _keep_sign_up(*, person: User, channel: Channel, ip: str | None, now: datetime) -> UUID:
    challenge = open_challenge(
        phone=person.phone,
        purpose=Purpose.SIGN_IN,
        channel=channel,
        ip=ip,
        is_owed=True,
        now=now,
    )
    sign_up = SignUp.objects.create(
        challenge=challenge,
        phone=person.phone,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        password=person.password,
        made_at=now,
    )
    return sign_up.pk
