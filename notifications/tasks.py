"""Celery entry points. Safe to run twice, at once, or late (CORE-17)."""

from celery import shared_task
from django.utils import timezone

from core.nudges import heard
from notifications.services.sending import BATCH, send_due
from notifications.steps.delivery import SEND_MESSAGES

# A drain lets go after so many batches, so that no queue starves the others.
MAX_BATCHES = 200


@shared_task(name=SEND_MESSAGES)
def send_messages() -> None:
    """Send what is due until nothing is."""
    heard(SEND_MESSAGES)
    for _ in range(MAX_BATCHES):
        # Less than a batch was all there is: what came since has sent a nudge of its own.
        if send_due(now=timezone.now()) < BATCH:
            break
