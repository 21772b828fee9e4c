"""Busy time in somebody's calendar elsewhere (RFC 5545). The file is not to be trusted."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from spa.domain.blocking import Interval, merged

MOST_EVENTS = 5000
# What repeats more often than daily is no appointment; expanding it would only cost time.
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}


class NotACalendar(ValueError):
    """What was read cannot be understood."""


def busy_intervals(
    file: bytes, *, begin: datetime, end: datetime, zone: ZoneInfo
) -> list[Interval]:
    """When the calendar's owner is busy between two instants: disjoint intervals in UTC, in order.

    Cancelled events and those marked free count for nothing. Floating times and whole days are
    meant in `zone`. Raises `NotACalendar`.
    """
    try:
        calendar = Calendar.from_ical(file)
        found = _events(calendar)
        occurrences = recurring_ical_events.of(_only(found)).between(begin, end)
        spans = [_span(event, zone) for event in occurrences if _is_busy(event)]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as exc:
        raise NotACalendar(str(exc)) from exc
    return merged([(max(from_, begin), min(until, end)) for from_, until in spans])


def _events(calendar: Any) -> list[Component]:
    if not isinstance(calendar, Calendar):
        raise NotACalendar("no VCALENDAR")
    events = [component for component in calendar.walk("VEVENT") if _is_sane(component)]
    if len(events) > MOST_EVENTS:
        raise NotACalendar("too many events")
    return events


def _only(events: list[Component]) -> Calendar:
    kept = Calendar()
    for event in events:
        kept.add_component(event)
    return kept


def _is_sane(event: Component) -> bool:
    rules = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    return all(set(rule.get("FREQ", [])) <= FREQUENCIES for rule in rules)


def _is_busy(event: Any) -> bool:
    is_free = str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT"
    return not is_free and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _span(event: Any, zone: ZoneInfo) -> Interval:
    return _instant(event.start, zone), _instant(event.end, zone)


def _instant(value: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC)
