"""Celery entry points of the studio."""

from celery import shared_task
from django.utils import timezone

from spa.services.archive import archive_old_visits
from spa.services.calendar_imports import read_next_calendar
from spa.services.expiry import expire_unpaid_holds
from spa.services.package_endings import (
    expire_packages,
    lapse_unpaid_packages,
    remind_of_packages,
)
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


@shared_task
def read_calendars() -> None:
    """Read calendars of elsewhere that are due."""
    while read_next_calendar(now=timezone.now()):
        pass


@shared_task
def tidy_packages() -> None:
    """Remind of packages that end soon, end those that are over, close unpaid purchases."""
    for tidy in (remind_of_packages, expire_packages, lapse_unpaid_packages):
        while tidy(now=timezone.now()):
            pass
