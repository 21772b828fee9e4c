"""When places are open and people work, as bit masks, remembered day by day."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from spa.domain.bits import MARGIN_DAYS, MINUTES, Window, ceil_bit, day_base, floor_bit, span
from spa.domain.studio import Place, Studio, Worker
from spa.domain.wall_time import instant_of, shows

MIDNIGHT = time(0)
# People ask for this week and the next, from today: few ranges are ever in use at once.
MOST_WINDOWS = 200

# What a mask is of: kind, whose, and where.
Key = tuple[str, UUID, UUID | None]


class Calendar:
    """A studio with its working time worked out; what was asked once is remembered.

    One calendar serves all threads of a process. They may compute the same mask twice, which is
    harmless: masks depend on nothing but the studio.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._days: dict[tuple[Key, date], int] = {}
        self._windows: dict[Window, dict[Key, int]] = {}
        self._able: dict[tuple[frozenset[UUID], UUID], tuple[Worker, ...]] = {}

    def able_workers(self, skill_ids: frozenset[UUID], place: Place) -> tuple[Worker, ...]:
        """Who has all the skills and may work at the place, in the studio's order."""
        key = (skill_ids, place.id)
        found = self._able.get(key)
        if found is None:
            found = self._able[key] = tuple(
                worker
                for worker in self.studio.workers
                if skill_ids <= worker.skill_ids and (worker.hours.get(place.id) or worker.extras)
            )
        return found

    def open_time(self, place: Place, window: Window) -> int:
        """The window's bits in which the place is open."""
        key = ("open", place.id, None)
        return self._composed(key, window, window.days, lambda day: _open_on(place, day))

    def grid(self, place: Place, window: Window) -> int:
        """The window's bits at which the place offers starts: the wall clock's multiples."""
        asked = window.days[MARGIN_DAYS:-MARGIN_DAYS]
        return self._composed(
            ("grid", place.id, None), window, asked, lambda day: _grid_on(place, day)
        )

    def working_time(self, worker: Worker, place: Place, window: Window) -> int:
        """The window's bits in which somebody works at the place; whether it is open apart."""
        key = ("work", worker.id, place.id)
        return self._composed(key, window, window.days, lambda day: _working_on(worker, place, day))

    def _composed(
        self, key: Key, window: Window, days: Sequence[date], compute: Callable[[date], int]
    ) -> int:
        known = self._windows.get(window)
        if known is None:
            if len(self._windows) >= MOST_WINDOWS:
                self._windows.clear()
            known = self._windows[window] = {}
        mask = known.get(key)
        if mask is None:
            mask = 0
            for day in days:
                mask |= window.place(day, self._on(key, day, compute))
            known[key] = mask
        return mask

    def _on(self, key: Key, day: date, compute: Callable[[date], int]) -> int:
        found = self._days.get((key, day))
        if found is None:
            found = self._days[key, day] = compute(day)
        return found


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
