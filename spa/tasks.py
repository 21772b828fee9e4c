"""Celery entry points of the studio."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from spa.selectors.attendance import list_overdue
from spa.selectors.classes import (
    list_schedules_in_use,
    list_sessions_to_finish,
    list_sessions_with_ended_holds,
)
from spa.services import waitlist_sweep
from spa.services.archive import archive_old_visits
from spa.services.calendar_imports import read_next_calendar
from spa.services.class_planning import make_sessions
from spa.services.classes import finish_session
from spa.services.enrolment import expire_seats
from spa.services.expiry import expire_unpaid_holds
from spa.services.no_shows import note_no_show
from spa.services.package_endings import (
    expire_packages,
    lapse_unpaid_packages,
    remind_of_packages,
)
from spa.services.reminders import remind_clients
from spa.services.series_deposits import ask_for_deposits

logger = logging.getLogger(__name__)


@shared_task
def expire_holds() -> None:
    """End every hold whose time to pay is over."""
    while expire_unpaid_holds(now=timezone.now()):
        pass


@shared_task
def note_no_shows() -> None:
    """Note each visit whose terms say that nobody will come any more."""
    now = timezone.now()
    for visit_id in list_overdue(now=now):
        with _going_on("no-show", visit_id):
            note_no_show(appointment_id=visit_id, now=now)


@shared_task
def send_reminders() -> None:
    """Remind clients of the visits that come near."""
    while remind_clients(now=timezone.now()):
        pass


@shared_task
def ask_for_series_deposits() -> None:
    """Ask for the deposits of visits of series whose time to pay comes near."""
    while ask_for_deposits(now=timezone.now()):
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


@shared_task
def make_classes() -> None:
    """Make the classes of every schedule for the days ahead."""
    for schedule_id in list_schedules_in_use():
        with _going_on("class schedule", schedule_id):
            make_sessions(schedule_id=schedule_id, now=timezone.now())


@shared_task
def expire_class_seats() -> None:
    """End the unpaid seats and unanswered offers whose time is over."""
    for session_id in list_sessions_with_ended_holds(now=timezone.now()):
        with _going_on("class", session_id):
            expire_seats(session_id=session_id, now=timezone.now())


@shared_task
def finish_classes() -> None:
    """Close the classes that are over."""
    for session_id in list_sessions_to_finish(now=timezone.now()):
        with _going_on("class", session_id):
            finish_session(session_id=session_id, now=timezone.now())


@contextmanager
def _going_on(what: str, row_id: UUID) -> Iterator[None]:
    """One row that fails must not stop the others (NA-34)."""
    try:
        yield
    except Exception:
        logger.exception("a sweep failed on one row", extra={"what": what, "row": str(row_id)})


@shared_task
def expire_offers() -> None:
    """End offers of the waitlist that nobody answered, and hand their time on."""
    waitlist_sweep.expire_offers(now=timezone.now())


@shared_task
def sweep_waitlist() -> None:
    """Look once more at everybody who waits: nothing depends on one event alone."""
    waitlist_sweep.sweep_waitlist(now=timezone.now())
