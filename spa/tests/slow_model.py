"""Availability once more, the slow and obvious way: minute by minute, as the wall clock says.

It shares no arithmetic with the product: no bits, no masks, no bisection.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from spa.domain.availability import Busy, Stretch, VisitNeed
from spa.domain.studio import Place, Room, Worker

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Minutes:
    """Every UTC minute around some days, and what the wall clock shows at it."""

    begin: datetime
    shown: tuple[datetime, ...]

    def first_at(self, day: date, wall: time) -> int:
        """The first minute at which the clock has reached `wall` on `day`."""
        target = datetime.combine(day, wall)
        return next(number for number, shown in enumerate(self.shown) if shown >= target)

    def between(self, day: date, starts: time, ends: time) -> set[int]:
        """The minutes from one wall time to another."""
        return set(range(self.first_at(day, starts), self.first_at(day, ends)))

    def instant(self, number: int) -> datetime:
        """When a minute begins."""
        return self.begin + number * MINUTE

    def busy(self, taken: list[tuple[int, int]]) -> set[int]:
        """The minutes that intervals of Unix seconds touch."""
        zero = int(self.begin.timestamp())
        return {
            number
            for begin, end in taken
            for number in range((begin - zero) // 60, -((zero - end) // 60))
        }


@lru_cache(maxsize=64)
def minutes_around(first_day: date, last_day: date, zone: ZoneInfo) -> Minutes:
    begin = datetime.combine(first_day - timedelta(days=2), time(0), UTC)
    count = ((last_day - first_day).days + 5) * 24 * 60
    shown = ((begin + n * MINUTE).astimezone(zone).replace(tzinfo=None) for n in range(count))
    return Minutes(begin, tuple(moment.replace(fold=0) for moment in shown))


def open_minutes(minutes: Minutes, place: Place, days: list[date]) -> set[int]:
    found: set[int] = set()
    for day in days:
        if day not in place.closed_on:
            for hours in place.opening:
                if hours.covers(day):
                    found |= minutes.between(day, hours.starts, hours.ends)
    return found


def working_minutes(minutes: Minutes, worker: Worker, place: Place, days: list[date]) -> set[int]:
    found: set[int] = set()
    for day in days:
        absences = worker.absences.get(day, ())
        if any(absence.starts is None for absence in absences):
            continue
        own: set[int] = set()
        for hours in worker.hours.get(place.id, ()):
            if hours.covers(day):
                own |= minutes.between(day, hours.starts, hours.ends)
        for extra in worker.extras.get(day, ()):
            if extra.place_id == place.id:
                own |= minutes.between(day, extra.starts, extra.ends)
        for absence in absences:
            assert absence.starts is not None
            assert absence.ends is not None
            own -= minutes.between(day, absence.starts, absence.ends)
        found |= own
    return found


def grid_minutes(minutes: Minutes, place: Place, first_day: date, last_day: date) -> list[int]:
    """When the clock shows a multiple of the place's grid, for the first time."""
    found, seen = [], set()
    for number, shown in enumerate(minutes.shown):
        if shown in seen or not first_day <= shown.date() <= last_day:
            continue
        seen.add(shown)
        if (shown.hour * 60 + shown.minute) % place.slot_minutes == 0:
            found.append(number)
    return found


def free_starts(
    *,
    place: Place,
    workers: list[Worker],
    rooms: list[Room],
    need: VisitNeed,
    busy: Busy,
    first_day: date,
    last_day: date,
    earliest: datetime,
    latest: datetime,
) -> dict[datetime, tuple[frozenset[UUID], frozenset[UUID]]]:
    """Every free start with the workers and the rooms that are free for it."""
    minutes = minutes_around(first_day, last_day, place.zone)
    days = [first_day + timedelta(days=n) for n in range(-1, (last_day - first_day).days + 2)]
    opened = open_minutes(minutes, place, days)
    taken = {resource: minutes.busy(list(pairs)) for resource, pairs in busy.items()}
    working = {
        worker.id: working_minutes(minutes, worker, place, days)
        - taken.get(worker.resource_id, set())
        for worker in workers
        if need.skill_ids <= worker.skill_ids
    }
    kinds = dict(need.rooms)

    def whole(start: int, stretch: Stretch) -> range:
        return range(start + stretch.begin, start + stretch.end)

    found = {}
    for start in grid_minutes(minutes, place, first_day, last_day):
        if not earliest <= minutes.instant(start) <= latest:
            continue
        if not opened.issuperset(range(start, start + need.duration)):
            continue
        fit = [
            room
            for room in rooms
            if room.kind in kinds
            and room.place_id == place.id
            and taken.get(room.resource_id, set()).isdisjoint(whole(start, kinds[room.kind]))
        ]
        if {room.kind for room in fit} != set(kinds):
            continue
        able = frozenset(
            worker_id
            for worker_id, free in working.items()
            if need.staff is not None and free.issuperset(whole(start, need.staff))
        )
        if need.staff is None or able:
            found[minutes.instant(start)] = able, frozenset(room.resource_id for room in fit)
    return found
