"""Somebody's calendar elsewhere, read again and again: busy there is busy here (SPA-22)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import AddressRefused, FetchFailed
from core.fetch import fetch
from core.selectors.settings import get_settings
from spa.domain.outside_calendar import NotACalendar, busy_intervals
from spa.models import BookingSettings, CalendarImport
from spa.selectors.resources import zone_of
from spa.steps.outside_time import take_outside_time

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
# Beyond what anybody can book.
SPARE = timedelta(days=31)


def read_next_calendar(*, now: datetime) -> bool:
    """Read the calendar that has been due longest; `False` when none is.

    A calendar that cannot be read keeps the busy time it had, says why, and is tried again in an
    hour. The address is asked outside transactions (NA-31).
    """
    source = _claim(now=now)
    if source is None:
        return False
    begin = now
    end = now + timedelta(days=get_settings(BookingSettings).horizon_days) + SPARE
    try:
        file = fetch(source.url, accept="text/calendar")
        zone = zone_of(source.staff.resource)
        intervals = busy_intervals(file, begin=begin, end=end, zone=zone)
    except (AddressRefused, FetchFailed) as exc:
        _note(source, problem=exc.detail, now=now)
    except NotACalendar:
        logger.info("not a calendar", extra={"calendar_import": str(source.pk)}, exc_info=True)
        _note(source, problem=_("Lo que hay en esa dirección no es un calendario."), now=now)
    else:
        _take(source, intervals, now=now)
    return True


@transaction.atomic(durable=True)
def _claim(*, now: datetime) -> CalendarImport | None:
    due = CalendarImport.objects.filter(is_active=True, next_fetch_at__lte=now)
    source = (
        due.select_related("staff__resource__location")
        .order_by("next_fetch_at", "pk")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .first()
    )
    if source is not None:
        source.next_fetch_at = now + EVERY
        source.save(update_fields=["next_fetch_at", "updated_at"])
    return source


@transaction.atomic(durable=True)
def _take(
    source: CalendarImport, intervals: list[tuple[datetime, datetime]], *, now: datetime
) -> None:
    # Locked again: somebody may have switched it off while its address was asked.
    found = CalendarImport.objects.select_related("staff").select_for_update(
        no_key=True, of=("self",)
    )
    current = found.filter(pk=source.pk, is_active=True).first()
    if current is None:
        return
    current.busy_count = take_outside_time(current, intervals, now=now)
    current.fetched_at, current.problem = now, ""
    current.save(update_fields=["busy_count", "fetched_at", "problem", "updated_at"])


@transaction.atomic(durable=True)
def _note(source: CalendarImport, *, problem: str, now: datetime) -> None:
    CalendarImport.objects.filter(pk=source.pk).update(problem=problem[:200], updated_at=now)
