"""Passwords: signing in with one, changing it (USERS-03, USERS-07)."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from core import audit
from core.errors import DomainError
from core.use_cases import use_case
from users import errors
from users.models import SessionEnd, User
from users.passwords import hash_password
from users.selectors.people import find_person
from users.steps.admission import Admission, admit
from users.steps.sessions import end_sessions
from users.types import Device


def sign_in_with_password(*, phone: str, password: str, device: Device, now: datetime) -> Admission:
    """A session for whoever knows the password.

    The same work and the same answer for a phone without an account (NA-05). Raises
    `CredentialsWrong`, and `Banned` or `Inactive` only to those who know the password.
    """
    person = find_person(phone=phone)
    if person is None or not person.has_usable_password():
        make_password(password)
        raise errors.CredentialsWrong
    if not person.check_password(password):
        raise errors.CredentialsWrong
    outcome = _sign_in(person_id=person.pk, hashed=person.password, device=device, now=now)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@use_case
def _sign_in(
    *, person_id: UUID, hashed: str, device: Device, now: datetime
) -> Admission | DomainError:
    # By hash: a password that was changed while we computed no longer opens anything.
    person = User.objects.filter(pk=person_id, password=hashed).first()
    if person is None:
        return errors.CredentialsWrong()
    return admit(person=person, way="password", device=device, now=now)


def change_password(
    *, person: User, session_id: UUID, current: str, password: str, now: datetime
) -> None:
    """Replace the password and end every other session.

    The first password is set by a reset, because it needs a proof of the phone. Raises
    `PasswordNotSet`, `PasswordWrong`, `PasswordWeak`.
    """
    if not person.has_usable_password():
        raise errors.PasswordNotSet
    if not person.check_password(current):
        raise errors.PasswordWrong
    hashed = hash_password(password, person=person)
    _replace(person_id=person.pk, old=person.password, new=hashed, session_id=session_id, now=now)


@use_case
def _replace(*, person_id: UUID, old: str, new: str, session_id: UUID, now: datetime) -> None:
    replaced = User.objects.filter(pk=person_id, password=old).update(password=new, updated_at=now)
    if not replaced:
        raise errors.PasswordWrong
    end_sessions(
        user_id=person_id, reason=SessionEnd.PASSWORD_CHANGED, now=now, except_for=session_id
    )
    audit.record(
        action="users.password-changed",
        subject_kind="users.person",
        subject_id=person_id,
        actor_id=person_id,
        now=now,
    )
