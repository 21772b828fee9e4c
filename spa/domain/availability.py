"""Which starts are free, and with whom: arithmetic on bit sets (SPA-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from spa.domain.studio import Place, Room, Treatment, Worker

# Busy time of a resource: pairs of Unix seconds.
Busy = Mapping[UUID, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A need for something from `begin` to `end`, in minutes after the visit's start."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class VisitNeed:
    """What a visit of services in sequence takes: minutes, one staff member, rooms by kind."""

    duration: int
    staff: Stretch | None
    skill_ids: frozenset[UUID]
    rooms: tuple[tuple[str, Stretch], ...]

    @classmethod
    def of(cls, treatments: Sequence[Treatment], *, usual_buffer: int) -> "VisitNeed":
        """The needs of `treatments` one after another; each need lasts from its first service's
        preparation to the end of its latest pause, so nobody and nothing changes in between.
        """
        begin, staff, rooms = 0, None, dict[str, Stretch]()
        for treatment in treatments:
            after = usual_buffer if treatment.buffer_after is None else treatment.buffer_after
            own = Stretch(begin - treatment.buffer_before, begin + treatment.duration + after)
            if treatment.requires_staff:
                staff = _joined(staff, own)
            if treatment.room_kind:
                rooms[treatment.room_kind] = _joined(rooms.get(treatment.room_kind), own)
            begin += treatment.duration
        skills = frozenset(t.skill_id for t in treatments if t.skill_id is not None)
        return cls(begin, staff, skills, tuple(sorted(rooms.items())))

    @property
    def longest_stretch(self) -> int:
        """For how many minutes, at most, it keeps anybody or anything busy."""
        stretches = [stretch for _, stretch in self.rooms]
        if self.staff is not None:
            stretches.append(self.staff)
        return max(stretch.end - stretch.begin for stretch in stretches)


def _joined(earlier: Stretch | None, later: Stretch) -> Stretch:
    if earlier is None:
        return later
    return Stretch(min(earlier.begin, later.begin), max(earlier.end, later.end))


@dataclass(frozen=True, slots=True)
class Offers:
    """Free starts as bits of `window`: by worker when somebody is needed, and by room and kind."""

    window: Window
    starts: int
    workers: tuple[tuple[Worker, int], ...]
    rooms: tuple[tuple[Room, int], ...]

    def has(self, start: datetime) -> bool:
        """Whether a visit may begin at `start`."""
        return bool(self.starts >> self._bit(start) & 1)

    def workers_at(self, start: datetime) -> list[Worker]:
        """Who is free for a visit that begins at `start`."""
        bit = self._bit(start)
        return [worker for worker, mask in self.workers if mask >> bit & 1]

    def rooms_at(self, start: datetime, kind: str) -> list[Room]:
        """Which rooms of a kind are free for a visit that begins at `start`."""
        bit = self._bit(start)
        return [room for room, mask in self.rooms if room.kind == kind and mask >> bit & 1]

    def start_bits(self) -> Iterable[int]:
        """Free starts as epoch bits, earliest first."""
        return (self.window.first + number for number in bit_numbers(self.starts))

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
    staff_id: UUID | None = None,
) -> Offers:
    """Every start the visit could have on the window's days between `earliest` and `latest`."""
    opened = calendar.open_time(place, window)
    limits = span(
        max(ceil_bit(earliest) - window.first, 0), max(floor_bit(latest) + 1 - window.first, 0)
    )
    candidates = calendar.grid(place, window) & limits
    candidates &= run_starts(opened, bits_for(need.duration))
    rooms = _room_starts(calendar, place, need, busy, window)
    for kind, _ in need.rooms:
        candidates &= _any(mask for room, mask in rooms if room.kind == kind)
    if need.staff is None:
        return Offers(window, candidates, (), rooms)
    workers = tuple(
        (worker, mask)
        for worker in able_workers(calendar, need, place, staff_id)
        if (mask := candidates & _worker_starts(calendar, worker, place, need.staff, busy, window))
    )
    return Offers(window, _any(mask for _, mask in workers), workers, rooms)


def able_workers(
    calendar: Calendar, need: VisitNeed, place: Place, staff_id: UUID | None
) -> Sequence[Worker]:
    """Who has every skill the visit needs and may work at the place; only `staff_id` if asked."""
    able = calendar.able_workers(need.skill_ids, place)
    return able if staff_id is None else [worker for worker in able if worker.id == staff_id]


def fitting_rooms(calendar: Calendar, need: VisitNeed, place: Place) -> list[Room]:
    """The rooms of the place that the visit could use."""
    kinds = {kind for kind, _ in need.rooms}
    rooms = calendar.studio.rooms
    return [room for room in rooms if room.place_id == place.id and room.kind in kinds]


def _worker_starts(
    calendar: Calendar, worker: Worker, place: Place, stretch: Stretch, busy: Busy, window: Window
) -> int:
    free = calendar.working_time(worker, place, window)
    if not free:
        return 0
    return _fits(free & ~busy_mask(busy.get(worker.resource_id, ()), window), stretch)


def _room_starts(
    calendar: Calendar, place: Place, need: VisitNeed, busy: Busy, window: Window
) -> tuple[tuple[Room, int], ...]:
    stretches = dict(need.rooms)
    # A room may be prepared and aired while the doors are closed; only its own bookings count.
    whole = span(0, window.last - window.first)
    return tuple(
        (
            room,
            _fits(whole & ~busy_mask(busy.get(room.resource_id, ()), window), stretches[room.kind]),
        )
        for room in fitting_rooms(calendar, need, place)
    )


def _fits(free: int, stretch: Stretch) -> int:
    """The starts whose stretch lies in `free` altogether."""
    begin = stretch.begin // MINUTES  # towards the past, also for a preparation before the start
    length = bits_for(stretch.end) - begin
    return shifted(run_starts(free, length), -begin)


def busy_mask(taken: Sequence[tuple[int, int]], window: Window) -> int:
    """Busy intervals (Unix seconds) as bits of the window, rounded outwards."""
    # The innermost loop of every list of free times: a busy studio runs it thousands of times.
    mask, base, size = 0, window.first, window.last - window.first
    for begin, end in taken:
        first = begin // SECONDS - base
        last = -(-end // SECONDS) - base
        if first < 0:
            first = 0
        if last > size:
            last = size
        if last > first:
            mask |= ((1 << (last - first)) - 1) << first
    return mask


def _any(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
