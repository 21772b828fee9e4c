"""When places are open and people work, as bit masks, remembered day by day."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from spa.domain.bits import MINUTES, Window, ceil_bit, day_base, floor_bit, span
from spa.domain.studio import Place, Studio, Worker
from spa.domain.wall_time import instant_of, shows

MIDNIGHT = time(0)


class Calendar:
    """A studio with its working time worked out; each day's mask is computed once."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._days: dict[tuple[str, UUID, UUID | None, date], int] = {}

    def open_time(self, place: Place, window: Window) -> int:
        """The window's bits in which the place is open."""
        return self._composed("open", place.id, None, window, lambda day: _open_on(place, day))

    def grid(self, place: Place, window: Window) -> int:
        """The window's bits at which the place offers starts: the wall clock's multiples."""
        asked = window.days[1:-1]
        return self._composed(
            "grid", place.id, None, window, lambda day: _grid_on(place, day), days=asked
        )

    def working_time(self, worker: Worker, place: Place, window: Window) -> int:
        """The window's bits in which somebody works at the place; whether it is open apart."""
        return self._composed(
            "work", worker.id, place.id, window, lambda day: _working_on(worker, place, day)
        )

    def _composed(
        self,
        what: str,
        who: UUID,
        where: UUID | None,
        window: Window,
        compute: Callable[[date], int],
        days: list[date] | None = None,
    ) -> int:
        mask = 0
        for day in window.days if days is None else days:
            key = (what, who, where, day)
            found = self._days.get(key)
            if found is None:
                found = self._days[key] = compute(day)
            if found:
                mask |= window.place(day, found)
        return mask


def _open_on(place: Place, day: date) -> int:
    if day in place.closed_on:
        return 0
    mask = 0
    for hours in place.opening:
        if hours.covers(day):
            mask |= _interval(place, day, hours.starts, hours.ends)
    return mask


def _working_on(worker: Worker, place: Place, day: date) -> int:
    mask = 0
    for hours in worker.hours.get(place.id, ()):
        if hours.covers(day):
            mask |= _interval(place, day, hours.starts, hours.ends)
    for extra in worker.extras.get(day, ()):
        if extra.place_id == place.id:
            mask |= _interval(place, day, extra.starts, extra.ends)
    for absence in worker.absences.get(day, ()):
        if absence.starts is None or absence.ends is None:
            return 0
        mask &= ~_interval(place, day, absence.starts, absence.ends, outward=True)
    return mask


def _interval(place: Place, day: date, starts: time, ends: time, *, outward: bool = False) -> int:
    """Wall hours as the day's bits: working time is rounded inwards, absence outwards."""
    begin = instant_of(day, starts, place.zone)
    end = instant_of(day, ends, place.zone)
    base = day_base(day)
    if outward:
        return span(floor_bit(begin) - base, ceil_bit(end) - base)
    return span(ceil_bit(begin) - base, floor_bit(end) - base)


def _grid_on(place: Place, day: date) -> int:
    """One bit per wall-clock multiple that exists on the day; in a fold the first one only."""
    mask, base = 0, day_base(day)
    wall = datetime.combine(day, MIDNIGHT)
    while wall.date() == day:
        local = wall.replace(tzinfo=place.zone)
        instant = instant_of(day, wall.time(), place.zone)
        if shows(instant, local, place.zone) and instant.timestamp() % (MINUTES * 60) == 0:
            mask |= 1 << (floor_bit(instant) - base)
        wall += timedelta(minutes=place.slot_minutes)
    return mask
