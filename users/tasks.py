"""Celery entry points of identity. Each is safe to run twice, or late (CORE-17)."""

from celery import shared_task
from django.utils import timezone

from core.nudges import heard
from users.services.one_time_codes import send_next
from users.services.tidying import tidy
from users.steps.challenges import SENDING_TASK

# Lets go after so many, so that no queue starves the others.
MOST_CODES = 200


@shared_task
def send_verifications() -> None:
    """Send the codes that wait."""
    heard(SENDING_TASK)
    for _ in range(MOST_CODES):
        if not send_next(now=timezone.now()):
            break


@shared_task
def tidy_identity() -> None:
    """Remove what has served its purpose."""
    tidy(now=timezone.now())
