"""Which starts are free, and with whom: arithmetic on bit sets (SPA-04, SPA-16)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from spa.domain.bits import (
    MINUTES,
    SECONDS,
    Window,
    bit_numbers,
    bits_for,
    ceil_bit,
    floor_bit,
    run_starts,
    shifted,
    span,
)
from spa.domain.calendar import Calendar
from spa.domain.crews import Crew, IsOut, Option, Preference, crews, without_clashes
from spa.domain.need import Demand, Stretch, VisitNeed
from spa.domain.studio import Place, Room, Worker

# Busy time of a resource: pairs of Unix seconds.
Busy = Mapping[UUID, Sequence[tuple[int, int]]]
# The same with the lanes it takes, from the first to before the last; `None` is without end.
LaneBusy = Mapping[UUID, Sequence[tuple[int, int, int, int | None]]]


@dataclass(frozen=True)
class Offers:
    """Free starts as bits of `window`, and per demand of the need who and what could meet it."""

    window: Window
    need: VisitNeed
    starts: int
    options: tuple[tuple[Option, ...], ...]

    def has(self, start: datetime) -> bool:
        """Whether a visit may begin at `start`."""
        return bool(self.starts >> self._bit(start) & 1)

    @cached_property
    def workers(self) -> tuple[tuple[Worker, int], ...]:
        """Who could serve the visit's first need of somebody, with the starts at which they can."""
        masks: dict[UUID, int] = {}
        found: dict[UUID, Worker] = {}
        for option in self._first_staff_options():
            if option.worker is not None:
                found[option.worker.id] = option.worker
                mask = masks.get(option.worker.id, 0)
                masks[option.worker.id] = mask | option.starts & self.starts
        return tuple((found[worker_id], mask) for worker_id, mask in masks.items() if mask)

    def _first_staff_options(self) -> Sequence[Option]:
        for demand, options in zip(self.need.demands, self.options, strict=True):
            if demand.is_staff:
                return options
        return ()

    def workers_at(self, start: datetime) -> list[Worker]:
        """Who is free for a visit that begins at `start`."""
        bit = self._bit(start)
        return [worker for worker, mask in self.workers if mask >> bit & 1]

    def start_bits(self) -> Iterable[int]:
        """Free starts as epoch bits, earliest first."""
        return (self.window.first + number for number in bit_numbers(self.starts))

    def crews_at(
        self,
        start: datetime,
        preference: Preference,
        is_out: IsOut = lambda _demand, _option: False,
    ) -> Iterator[Crew]:
        """Every set of people and rooms that is free for a visit at `start`, the preferred first.

        One option for each demand, in the order of the demands. Of an option that `is_out`
        meanwhile, no further crew is made.
        """
        bit = self._bit(start)
        ordered = [
            sorted((one for one in found if one.starts >> bit & 1), key=preference)
            for found in self.options
        ]
        return crews(self.need.demands, ordered, is_out)

    def _bit(self, start: datetime) -> int:
        number = floor_bit(start) - self.window.first
        # A start between two bits, or outside of the window, is no start.
        inside = number >= 0 and start.timestamp() % SECONDS == 0
        return number if inside else self.starts.bit_length()


def find_offers(
    calendar: Calendar,
    *,
    place: Place,
    need: VisitNeed,
    busy: Busy,
    window: Window,
    earliest: datetime,
    latest: datetime,
    lanes: LaneBusy | None = None,
    usual_capacity: int = 1,
) -> Offers:
    """Every start the visit could have on the window's days between `earliest` and `latest`.

    `busy` is all that is taken, `lanes` the same for what the need would share; `usual_capacity`
    is how many clients one person serves at once where nothing else is said of them.
    """
    opened = calendar.open_time(place, window)
    limits = span(
        max(ceil_bit(earliest) - window.first, 0), max(floor_bit(latest) + 1 - window.first, 0)
    )
    candidates = calendar.grid(place, window) & limits
    candidates &= run_starts(opened, bits_for(need.duration))
    search = _Search(calendar, place, window, busy, lanes or {}, usual_capacity)
    options = []
    for demand in need.demands:
        found = tuple(search.options(demand, candidates))
        candidates &= _any(option.starts for option in found)
        options.append(found)
    candidates = without_clashes(need.demands, options, candidates)
    return Offers(window, need, candidates, tuple(options))


def able_workers(calendar: Calendar, demand: Demand, place: Place) -> Sequence[Worker]:
    """Who has every skill a demand needs and may work at the place; only who was asked for."""
    able = calendar.able_workers(demand.skill_ids, place)
    if demand.staff_id is None:
        return able
    return [worker for worker in able if worker.id == demand.staff_id]


def fitting_rooms(calendar: Calendar, demand: Demand, place: Place) -> list[Room]:
    """The rooms of the place that a demand could use."""
    rooms = calendar.studio.rooms
    return [room for room in rooms if room.place_id == place.id and room.kind == demand.kind]


def suffices(calendar: Calendar, *, place: Place, need: VisitNeed, usual_capacity: int) -> bool:
    """Whether a place has people and rooms enough for all of a need at once, whatever the hour."""
    options = [
        [
            Option(resource_id, lane, starts=1)
            for resource_id, capacity in _seats(calendar, demand, place, usual_capacity)
            for lane in (range(capacity) if demand.is_shared else (None,))
        ]
        for demand in need.demands
    ]
    return all(options) and bool(without_clashes(need.demands, options, 1))


def _seats(
    calendar: Calendar, demand: Demand, place: Place, usual_capacity: int
) -> list[tuple[UUID, int]]:
    if demand.is_staff:
        able = able_workers(calendar, demand, place)
        return [(worker.resource_id, worker.capacity or usual_capacity) for worker in able]
    return [(room.resource_id, room.capacity) for room in fitting_rooms(calendar, demand, place)]


@dataclass
class _Search:
    """What is free of whom, worked out once for all demands of a visit."""

    calendar: Calendar
    place: Place
    window: Window
    busy: Busy
    lanes: LaneBusy
    usual_capacity: int
    _busy_masks: dict[tuple[UUID, int | None], int] = field(default_factory=dict)

    def options(self, demand: Demand, candidates: int) -> Iterator[Option]:
        """Each way to meet the demand that is free at one of the candidates at least."""
        for option in self._people(demand) if demand.is_staff else self._rooms(demand):
            if starts := option.starts & candidates:
                yield replace(option, starts=starts)

    def _people(self, demand: Demand) -> Iterator[Option]:
        for worker in able_workers(self.calendar, demand, self.place):
            working = self.calendar.working_time(worker, self.place, self.window)
            capacity = worker.capacity or self.usual_capacity
            for lane, free in self._lanes(worker.resource_id, working, demand, capacity):
                yield Option(
                    worker.resource_id, lane, _fits(free, demand.stretch), worker, free=free
                )

    def _rooms(self, demand: Demand) -> Iterator[Option]:
        # A room may be prepared and aired while the doors are closed; only its bookings count.
        whole = span(0, self.window.last - self.window.first)
        for room in fitting_rooms(self.calendar, demand, self.place):
            for lane, free in self._lanes(room.resource_id, whole, demand, room.capacity):
                yield Option(
                    room.resource_id, lane, _fits(free, demand.stretch), room=room, free=free
                )

    def _lanes(
        self, resource_id: UUID, available: int, demand: Demand, capacity: int
    ) -> Iterator[tuple[int | None, int]]:
        """The lanes a demand could take, and when each is free."""
        choices: Iterable[int | None] = range(capacity) if demand.is_shared else (None,)
        for lane in choices:
            yield lane, available & ~self._busy_mask(resource_id, lane)

    def _busy_mask(self, resource_id: UUID, lane: int | None) -> int:
        key = (resource_id, lane)
        mask = self._busy_masks.get(key)
        if mask is None:
            mask = self._busy_masks[key] = busy_mask(self._taken(resource_id, lane), self.window)
        return mask

    def _taken(self, resource_id: UUID, lane: int | None) -> Sequence[tuple[int, int]]:
        if lane is None:
            return self.busy.get(resource_id, ())
        return [
            (begin, end)
            for begin, end, first, last in self.lanes.get(resource_id, ())
            if first <= lane and (last is None or lane < last)
        ]


def _fits(free: int, stretch: Stretch) -> int:
    """The starts whose stretch lies in `free` altogether."""
    begin = stretch.begin // MINUTES  # towards the past, also for a preparation before the start
    length = bits_for(stretch.end) - begin
    return shifted(run_starts(free, length), -begin)


def busy_mask(taken: Sequence[tuple[int, int]], window: Window) -> int:
    """Busy intervals (Unix seconds) as bits of the window, rounded outwards.

    In any order; in that of their starts it is fastest.
    """
    mask, base, size = 0, window.first, window.last - window.first
    for begin, end in _blocks(taken):
        first, last = begin // SECONDS - base, -(-end // SECONDS) - base
        mask |= span(max(first, 0), min(last, size))
    return mask


def _blocks(taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The intervals, those together that follow one another without a gap.

    The innermost loop of every list of free times: a busy studio runs it thousands of times, and
    its bookings touch each other.
    """
    since = until = 0
    for begin, end in taken:
        if since <= begin <= until:
            if end > until:
                until = end
        else:
            yield since, until
            since, until = begin, end
    yield since, until


def _any(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
