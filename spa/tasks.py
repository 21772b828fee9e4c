"""Celery entry points of the studio."""

from celery import shared_task
from django.utils import timezone

from spa.services.archive import archive_old_visits
from spa.services.expiry import expire_unpaid_holds
from spa.services.reminders import remind_clients


@shared_task
def expire_holds() -> None:
    """End every hold whose time to pay is over."""
    while expire_unpaid_holds(now=timezone.now()):
        pass


@shared_task
def send_reminders() -> None:
    """Remind clients of the visits that come near."""
    while remind_clients(now=timezone.now()):
        pass


@shared_task
def archive_appointments() -> None:
    """Put away visits that ended long ago."""
    while archive_old_visits(now=timezone.now()):
        pass
