"""What a right code is good for: a session, or a new password (USERS-02, USERS-07)."""

from datetime import datetime

from core import audit
from core.errors import DomainError, ProviderUnavailable
from core.http import UnknownOutcome
from core.selectors.settings import get_settings
from core.use_cases import use_case
from users import errors, metrics
from users.gateways.twilio_verify import get_verifier
from users.models import IdentitySettings, OtpChallenge, Purpose, SessionEnd, User
from users.passwords import check_strength, hash_password
from users.selectors.people import find_person
from users.steps.accounts import find_or_open_account
from users.steps.admission import Admission, admit, refuse_barred
from users.steps.challenges import give_back_attempt, take_attempt, use_challenge
from users.steps.sessions import end_sessions
from users.types import Device


def sign_in_with_code(*, phone: str, code: str, device: Device, now: datetime) -> Admission:
    """A session for the owner of the phone, whose account is made now if they signed up.

    Raises `OtpWrong`, `OtpLocked`, `Banned`, `Inactive`, `ProviderUnavailable`.
    """
    challenge = _prove(phone=phone, code=code, purpose=Purpose.SIGN_IN, now=now)
    outcome = _sign_in(challenge=challenge, device=device, now=now)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def reset_password(*, phone: str, code: str, password: str, device: Device, now: datetime) -> None:
    """Give the owner of the phone a new password and end all their sessions.

    What the policy can say without knowing the person it says before the code is spent. Raises
    `PasswordWeak`, `OtpWrong`, `OtpLocked`, `Banned`, `Inactive`, `ProviderUnavailable`.
    """
    hashed = hash_password(password, person=User(phone=phone))
    challenge = _prove(phone=phone, code=code, purpose=Purpose.RESET, now=now)
    outcome = _reset(challenge=challenge, password=password, hashed=hashed, device=device, now=now)
    if outcome is not None:
        raise outcome


def _prove(*, phone: str, code: str, purpose: Purpose, now: datetime) -> OtpChallenge:
    """Count the guess, ask the provider outside any transaction, explain a wrong one."""
    challenge = _take(phone=phone, purpose=purpose, now=now)
    try:
        # Also asked when nothing was sent: an answer without the provider's delay would tell.
        is_right = get_verifier().check(phone=phone, code=code)
    except UnknownOutcome:
        raise  # the guess may have been looked at, so it stays counted
    except ProviderUnavailable:
        _give_back(challenge=challenge)
        raise
    outcome = "right" if is_right else "wrong"
    metrics.CODES_CHECKED.labels(purpose=str(purpose), outcome=outcome).inc()
    if not is_right:
        allowed = get_settings(IdentitySettings).otp_wrong_codes
        raise errors.OtpWrong(attempts_left=max(0, allowed - challenge.attempts - 1))
    return challenge


@use_case
def _take(*, phone: str, purpose: Purpose, now: datetime) -> OtpChallenge:
    return take_attempt(phone=phone, purpose=purpose, now=now)


@use_case
def _give_back(*, challenge: OtpChallenge) -> None:
    give_back_attempt(challenge_id=challenge.pk)


@use_case
def _sign_in(*, challenge: OtpChallenge, device: Device, now: datetime) -> Admission | DomainError:
    if not use_challenge(challenge_id=challenge.pk, now=now):
        return errors.OtpWrong()
    person = find_or_open_account(challenge=challenge, now=now)
    if person is None:
        return errors.OtpWrong()
    return admit(person=person, way="otp", device=device, now=now)


@use_case
def _reset(
    *, challenge: OtpChallenge, password: str, hashed: str, device: Device, now: datetime
) -> DomainError | None:
    if not use_challenge(challenge_id=challenge.pk, now=now):
        return errors.OtpWrong()
    person = find_person(phone=challenge.phone)
    if person is None:
        return errors.OtpWrong()
    if (refusal := refuse_barred(person=person, way="reset", device=device, now=now)) is not None:
        return refusal
    try:
        check_strength(password, person=person)
    except errors.PasswordWeak as weakness:
        return weakness
    person.password = hashed
    person.save(update_fields=["password", "updated_at"])
    end_sessions(user_id=person.pk, reason=SessionEnd.PASSWORD_CHANGED, now=now)
    audit.record(
        action="users.password-reset",
        subject_kind="users.person",
        subject_id=person.pk,
        actor_id=person.pk,
        now=now,
        facts={"ip": device.ip},
    )
    return None
