"""Removing what has served its purpose: no hash and no address is kept longer than it is needed."""

from datetime import datetime, timedelta

from core.use_cases import use_case
from users.models import OtpChallenge, SendStatus, Session, SignUp
from users.steps.accounts import SIGN_UP_KEPT

CHALLENGES_KEPT = timedelta(days=7)
SESSIONS_KEPT = timedelta(days=90)


@use_case
def tidy(*, now: datetime) -> None:
    """Drop old sign-ups, challenges and sessions; close sendings whose code has expired."""
    SignUp.objects.filter(made_at__lt=now - SIGN_UP_KEPT).delete()
    unsent = OtpChallenge.objects.filter(expires_at__lte=now)
    unsent.filter(status=SendStatus.IN_FLIGHT).update(status=SendStatus.UNKNOWN)
    unsent.filter(status=SendStatus.QUEUED).update(status=SendStatus.FAILED)
    OtpChallenge.objects.filter(requested_at__lt=now - CHALLENGES_KEPT).delete()
    Session.objects.filter(expires_at__lt=now - SESSIONS_KEPT).delete()
