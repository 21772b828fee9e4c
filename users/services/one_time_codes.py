"""Asking for codes and sending them (USERS-02)."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from core.models.outbox import pause_after
from core.use_cases import use_case
from users import metrics
from users.gateways.twilio_verify import get_verifier
from users.gateways.verification import SendRefused
from users.models import Channel, OtpChallenge, Purpose, SendStatus
from users.selectors.people import find_person
from users.steps.accounts import has_live_sign_up
from users.steps.challenges import open_challenge

logger = logging.getLogger(__name__)

# Longer than the longest call: whoever took a row and says nothing for so long has died.
CLAIM = timedelta(seconds=30)
# An unanswered sending may have gone out: it is tried once more, never a third time.
MOST_UNKNOWN = 2

CLAIM_ONE = """
UPDATE users_otpchallenge
   SET status = 'IN_FLIGHT', claimed_at = %(now)s, sends = sends + 1,
       unknown_sends = unknown_sends + CASE WHEN status = 'IN_FLIGHT' THEN 1 ELSE 0 END
 WHERE id = (SELECT id FROM users_otpchallenge
              WHERE expires_at > %(now)s
                AND (status = 'QUEUED' AND due_at <= %(now)s
                     OR status = 'IN_FLIGHT' AND claimed_at <= %(stale)s
                        AND unknown_sends + 1 < %(most_unknown)s)
              ORDER BY due_at, id
              LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING *
"""


@use_case
def request_code(
    *, phone: str, purpose: Purpose, channel: Channel, ip: str | None, now: datetime
) -> OtpChallenge:
    """Send a code to whoever owns the phone; to nobody, and just as fast, if nobody does.

    Raises `OtpLocked`, `OtpTooSoon`, `OtpTooMany`.
    """
    has_account = find_person(phone=phone) is not None
    signs_up = has_live_sign_up(phone=phone, now=now) and purpose == Purpose.SIGN_IN
    return open_challenge(
        phone=phone,
        purpose=purpose,
        channel=channel,
        ip=ip,
        is_owed=has_account or signs_up,
        now=now,
    )


def send_next(*, now: datetime) -> bool:
    """Send the code that waits longest; whether there was one.

    Claim, call, record: the provider is called outside any transaction.
    """
    challenge = _claim(now=now)
    if challenge is None:
        return False
    try:
        sid = get_verifier().send(phone=challenge.phone, channel=challenge.channel)
    except UnknownOutcome:
        challenge.unknown_sends += 1
        _postpone(challenge, is_over=challenge.unknown_sends >= MOST_UNKNOWN)
    except ProviderUnavailable:
        _postpone(challenge, is_over=False)
    except SendRefused as exc:
        logger.warning("code refused by the provider", extra={"provider_code": exc.code})
        challenge.status, challenge.provider_code = SendStatus.FAILED, exc.code[:10]
    else:
        challenge.status, challenge.provider_sid = SendStatus.SENT, sid
    _record(challenge=challenge)
    metrics.CODES_SENT.labels(channel=challenge.channel, outcome=str(challenge.status)).inc()
    return True


@use_case
def _claim(*, now: datetime) -> OtpChallenge | None:
    values = {"now": now, "stale": now - CLAIM, "most_unknown": MOST_UNKNOWN}
    return next(iter(OtpChallenge.objects.raw(CLAIM_ONE, values)), None)


def _postpone(challenge: OtpChallenge, *, is_over: bool) -> None:
    challenge.status = SendStatus.UNKNOWN if is_over else SendStatus.QUEUED
    challenge.due_at = timezone.now() + pause_after(challenge.sends)


@use_case
def _record(*, challenge: OtpChallenge) -> None:
    """Write the outcome, unless somebody else took the row over meanwhile."""
    still_ours = OtpChallenge.objects.filter(
        pk=challenge.pk, status=SendStatus.IN_FLIGHT, claimed_at=challenge.claimed_at
    )
    still_ours.update(
        status=challenge.status,
        due_at=challenge.due_at,
        unknown_sends=challenge.unknown_sends,
        provider_sid=challenge.provider_sid,
        provider_code=challenge.provider_code,
    )
