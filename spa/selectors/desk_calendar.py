"""The desk's calendar: who works when, and what takes whose time (SPA-22)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from core.models import Location
from spa import errors
from spa.domain.bits import Window, bit_numbers, floor_bit, instant_of_bit, span
from spa.domain.studio import Place, Worker
from spa.domain.wall_time import instant_of
from spa.models import Resource, ResourceKind
from spa.selectors.agenda import Entry, list_entries
from spa.selectors.studio import get_calendar

MIDNIGHT = time(0)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Row:
    """One person or room of the calendar; `open` is when they work, or the place is open."""

    resource_id: UUID
    kind: str
    name: str
    staff_id: UUID | None
    open: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class DeskCalendar:
    """Some local days of a place: its people and rooms, and all that takes their time."""

    place: Place
    rows: Sequence[Row]
    entries: Sequence[Entry]


def read_calendar(
    *,
    location_id: UUID,
    first_day: date,
    last_day: date,
    staff_id: UUID | None,
    resource_id: UUID | None,
    now: datetime,
) -> DeskCalendar:
    """The place's people and rooms between two local days, or one of them.

    Two queries, and one for each kind of thing that takes time. Raises `LocationNotFound`.
    """
    calendar = get_calendar(today=now.astimezone(UTC).date())
    place = calendar.studio.places.get(location_id)
    if place is None:
        raise errors.LocationNotFound
    window = Window(first_day, last_day)
    begin = instant_of(first_day, MIDNIGHT, place.zone)
    end = instant_of(last_day + timedelta(days=1), MIDNIGHT, place.zone)
    shown = span(_number(begin, window), _number(end, window))
    rows = [
        _row_of_worker(worker, calendar.working_time(worker, place, window) & shown, window)
        for worker in calendar.studio.workers
        if worker.hours.get(place.id) or worker.extras
    ]
    opened = _intervals(calendar.open_time(place, window) & shown, window)
    rows += [Row(room.pk, room.kind, room.name, None, opened) for room in _rooms(location_id)]
    rows = [row for row in rows if _is_asked(row, staff_id, resource_id)]
    entries = list_entries(
        resource_ids=[row.resource_id for row in rows], begin=begin, end=end, now=now
    )
    return DeskCalendar(place, rows, entries)


def only_location() -> UUID | None:
    """The place to show when nobody said which: the only one there is, else none."""
    found = list(Location.objects.filter(is_open_to_public=True).values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def find_location(*, location_id: UUID | None) -> UUID | None:
    """The place that is named, or the only one there is. One query. Raises `LocationNotFound`."""
    if location_id is None:
        return only_location()
    if not Location.objects.filter(pk=location_id).exists():
        raise errors.LocationNotFound
    return location_id


def room_names(*, location_id: UUID) -> dict[UUID, str]:
    """The rooms of a place by name. One query."""
    return dict(_rooms(location_id).values_list("pk", "name"))


def _rooms(location_id: UUID) -> QuerySet[Resource]:
    rooms = Resource.objects.filter(~Q(kind=ResourceKind.STAFF), location=location_id)
    return rooms.filter(is_active=True).order_by("name", "id")


def _row_of_worker(worker: Worker, working: int, window: Window) -> Row:
    intervals = _intervals(working, window)
    return Row(worker.resource_id, ResourceKind.STAFF, worker.name, worker.id, intervals)


def _is_asked(row: Row, staff_id: UUID | None, resource_id: UUID | None) -> bool:
    asked = {staff_id, resource_id} - {None}
    return not asked or bool(asked & {row.staff_id, row.resource_id})


def _number(instant: datetime, window: Window) -> int:
    return floor_bit(instant) - window.first


def _intervals(mask: int, window: Window) -> list[Interval]:
    """Runs of bits as instants, in order."""
    found: list[list[int]] = []
    for number in bit_numbers(mask):
        if found and found[-1][1] == number:
            found[-1][1] = number + 1
        else:
            found.append([number, number + 1])
    return [
        (instant_of_bit(window.first + first), instant_of_bit(window.first + last))
        for first, last in found
    ]
