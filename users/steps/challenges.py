"""Asking for a code and guessing it, within limits that parallel requests cannot pass (NA-07)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, F, Min, Q, When

from core.db import execute, requires_transaction
from core.nudges import nudge_after_commit
from core.selectors.settings import get_settings
from users import errors, metrics
from users.models import Channel, IdentitySettings, OtpChallenge, Purpose, SendStatus

SENDING_TASK = "users.tasks.send_verifications"
HOUR = timedelta(hours=1)
# Requests for codes queue here, so that each counts the ones before it. A thousand an hour do.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('users.otp', 0))"


@requires_transaction
def open_challenge(
    *, phone: str, purpose: Purpose, channel: Channel, ip: str | None, is_owed: bool, now: datetime
) -> OtpChallenge:
    """Note that a code was asked for; it is sent after commit if `is_owed`, else only counted.

    Raises `OtpLocked`, `OtpTooSoon`, `OtpTooMany`: alike for phones with and without an account.
    """
    rules = get_settings(IdentitySettings)
    execute(LOCK)
    previous = find_newest(phone)
    if previous is not None:
        _refuse_impatience(previous, rules, now)
    _refuse_excess(phone, ip, rules, now)
    is_continued = previous is not None and previous.used_at is None and previous.expires_at > now
    challenge = OtpChallenge.objects.create(
        phone=phone,
        purpose=purpose,
        channel=channel,
        ip=ip,
        requested_at=now,
        expires_at=now + timedelta(seconds=rules.otp_seconds),
        # The provider sends the same code again, so the guesses already made still count.
        attempts=previous.attempts if previous is not None and is_continued else 0,
        status=SendStatus.QUEUED if is_owed else SendStatus.WITHHELD,
        due_at=now,
    )
    nudge_after_commit(SENDING_TASK)
    counted = metrics.CODES_REQUESTED.labels(purpose=str(purpose))
    transaction.on_commit(counted.inc, robust=True)
    return challenge


def find_newest(phone: str) -> OtpChallenge | None:
    """The last code that was asked for; earlier ones are good for nothing."""
    return OtpChallenge.objects.filter(phone=phone).order_by("-requested_at", "-pk").first()


def _refuse_impatience(previous: OtpChallenge, rules: IdentitySettings, now: datetime) -> None:
    if previous.locked_until is not None and previous.locked_until > now:
        raise errors.OtpLocked(retry_after=_seconds(previous.locked_until - now))
    resend_at = previous.requested_at + timedelta(seconds=rules.otp_resend_seconds)
    if resend_at > now:
        raise errors.OtpTooSoon(retry_after=_seconds(resend_at - now))


def _refuse_excess(phone: str, ip: str | None, rules: IdentitySettings, now: datetime) -> None:
    limits = [
        (Q(phone=phone), rules.otp_per_phone),
        (Q(ip=ip, ip__isnull=False), rules.otp_per_ip),
        (Q(), rules.otp_globally),
    ]
    wanted: dict[str, Count | Min] = {}
    for index, (which, _limit) in enumerate(limits):
        wanted[f"hits{index}"] = Count("pk", filter=which)
        wanted[f"oldest{index}"] = Min("requested_at", filter=which)
    found = OtpChallenge.objects.filter(requested_at__gt=now - HOUR).aggregate(**wanted)
    for index, (_which, limit) in enumerate(limits):
        if found[f"hits{index}"] >= limit:
            raise errors.OtpTooMany(retry_after=_seconds(found[f"oldest{index}"] + HOUR - now))


@requires_transaction
def take_attempt(*, phone: str, purpose: Purpose, now: datetime) -> OtpChallenge:
    """Count one guess before the code is looked at. Raises `OtpWrong` or `OtpLocked`.

    One conditional UPDATE: however many guess at once, no more than the allowed number come
    through. The last of them locks the phone, unless it turns out to be right.
    """
    rules = get_settings(IdentitySettings)
    challenge = find_newest(phone)
    if challenge is None:
        raise errors.OtpWrong
    if challenge.locked_until is not None and challenge.locked_until > now:
        raise errors.OtpLocked(retry_after=_seconds(challenge.locked_until - now))
    if challenge.purpose != purpose or challenge.used_at or challenge.expires_at <= now:
        raise errors.OtpWrong
    locked_until = now + timedelta(seconds=rules.otp_lock_seconds)
    is_last = Q(attempts__gte=rules.otp_wrong_codes - 1)
    counted = OtpChallenge.objects.filter(
        pk=challenge.pk, used_at=None, attempts__lt=rules.otp_wrong_codes
    ).update(
        attempts=F("attempts") + 1,
        locked_until=Case(When(is_last, then=locked_until), default=F("locked_until")),
    )
    if not counted:
        raise errors.OtpLocked(retry_after=rules.otp_lock_seconds)
    return challenge


@requires_transaction
def give_back_attempt(*, challenge_id: UUID) -> None:
    """Uncount a guess that nobody looked at."""
    OtpChallenge.objects.filter(pk=challenge_id, used_at=None, attempts__gt=0).update(
        attempts=F("attempts") - 1, locked_until=None
    )


@requires_transaction
def use_challenge(*, challenge_id: UUID, now: datetime) -> bool:
    """Spend a challenge whose code was right; whether this call is the one that did."""
    unused = OtpChallenge.objects.filter(pk=challenge_id, used_at=None)
    return bool(unused.update(used_at=now, locked_until=None))


def _seconds(left: timedelta) -> int:
    """Whole seconds to wait, at least one."""
    return max(1, -int(-left.total_seconds() // 1))
