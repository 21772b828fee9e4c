"""Availability once more, the slow and obvious way: minute by minute, as the wall clock says.

It shares no arithmetic with the product: no bits, no masks, no bisection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from spa.domain.availability import LaneBusy
from spa.domain.need import Chain, Part
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


@dataclass(frozen=True)
class Wanted:
    """Somebody's time or a room's, from one minute after the start to another."""

    kind: str
    begin: int
    end: int
    is_shared: bool
    skills: frozenset[UUID] = frozenset()
    staff_id: UUID | None = None


@dataclass(frozen=True)
class Needs:
    """What a visit wants, and by chain and place in it what serves which service."""

    wanted: list[Wanted]
    staff: dict[tuple[int, int], int]
    rooms: dict[tuple[int, int], int]


def legs_of(parts: list[Part], *, whole: bool, workers: list[Worker]) -> list[list[int]]:
    """The services one person gives without a handover, as numbers: as many at once as go."""
    legs: list[list[int]] = []
    for number, part in enumerate(parts):
        if not part.treatment.requires_staff:
            continue
        together = [*legs[-1], number] if legs else [number]
        skills = {parts[n].treatment.skill_id for n in together} - {None}
        if legs and (whole or any(skills <= worker.skill_ids for worker in workers)):
            legs[-1] = together
        else:
            legs.append([number])
    return legs


def needs_of(chains: list[Chain], *, workers: list[Worker], usual_buffer: int) -> Needs:
    """Person by person: legs of staff, and each kind of room once for all that use it."""
    needs = Needs([], {}, {})
    for who, chain in enumerate(chains):
        parts = list(chain.parts)
        begins = [sum(before.duration for before in parts[:n]) for n in range(len(parts))]
        froms, untils = [], []
        for begin, part in zip(begins, parts, strict=True):
            pause = part.treatment.buffer_after
            froms.append(begin - part.treatment.buffer_before)
            untils.append(begin + part.duration + (usual_buffer if pause is None else pause))
        every = {p.treatment.skill_id for p in parts if p.treatment.requires_staff} - {None}
        whole = chain.staff_id is not None or any(every <= w.skill_ids for w in workers)
        kinds = sorted({part.treatment.room_kind for part in parts} - {""})
        groups = [("STAFF", leg) for leg in legs_of(parts, whole=whole, workers=workers)] + [
            (kind, [n for n, part in enumerate(parts) if part.treatment.room_kind == kind])
            for kind in kinds
        ]
        for kind, members in groups:
            used = [parts[n].treatment for n in members]
            of_staff = kind == "STAFF"
            for n in members:
                (needs.staff if of_staff else needs.rooms)[who, n] = len(needs.wanted)
            needs.wanted.append(
                Wanted(
                    kind,
                    min(froms[n] for n in members),
                    max(untils[n] for n in members),
                    all(t.is_low_supervision if of_staff else t.shares_room for t in used),
                    frozenset(t.skill_id for t in used if t.skill_id) if of_staff else frozenset(),
                    chain.staff_id if of_staff else None,
                )
            )
    return needs


# A resource and the lane of it, or `None` for all of them.
Seat = tuple[UUID, int | None]


def can_all_sit(wanted: list[Wanted], seats: tuple[frozenset[Seat], ...]) -> bool:
    """Whether everything wanted can be had at once: one choice after another is tried."""

    def fits(chosen: list[Seat]) -> bool:
        number = len(chosen)
        if number == len(wanted):
            return True
        mine = wanted[number]
        taken = [
            seat
            for seat, other in zip(chosen, wanted, strict=False)
            if other.begin < mine.end and mine.begin < other.end
        ]
        return any(
            fits([*chosen, (resource, lane)])
            for resource, lane in seats[number]
            if not any(
                resource == occupied and (lane is None or other is None or lane == other)
                for occupied, other in taken
            )
        )

    return fits([])


@dataclass(frozen=True)
class Seats:
    """Who and what is there for something wanted, minute by minute."""

    place: Place
    minutes: Minutes
    workers: dict[UUID, Worker]
    working: dict[UUID, set[int]]
    rooms: list[Room]
    busy: Callable[[UUID, int | None], set[int]]
    usual_capacity: int

    def of(self, start: int, want: Wanted) -> frozenset[Seat]:
        """What is free for it when the visit starts at a minute."""
        whole = range(start + want.begin, start + want.end)
        found = self._people(want, whole) if want.kind == "STAFF" else self._rooms(want)
        return frozenset(
            (resource_id, lane)
            for resource_id, capacity in found
            for lane in (range(capacity) if want.is_shared else [None])
            if self.busy(resource_id, lane).isdisjoint(whole)
        )

    def _people(self, want: Wanted, whole: range) -> list[tuple[UUID, int]]:
        return [
            (worker.resource_id, worker.capacity or self.usual_capacity)
            for worker in self.workers.values()
            if want.skills <= worker.skill_ids
            and want.staff_id in (None, worker.id)
            and self.working[worker.id].issuperset(whole)
        ]

    def _rooms(self, want: Wanted) -> list[tuple[UUID, int]]:
        return [
            (room.resource_id, room.capacity)
            for room in self.rooms
            if room.kind == want.kind and room.place_id == self.place.id
        ]


def free_starts(
    *,
    place: Place,
    workers: list[Worker],
    rooms: list[Room],
    chains: list[Chain],
    taken: LaneBusy,
    first_day: date,
    last_day: date,
    earliest: datetime,
    latest: datetime,
    usual_buffer: int,
    usual_capacity: int,
) -> dict[datetime, tuple[frozenset[Seat], ...]]:
    """Every free start, and for each thing wanted who and what is free for it."""
    minutes = minutes_around(first_day, last_day, place.zone)
    days = [first_day + timedelta(days=n) for n in range(-1, (last_day - first_day).days + 2)]
    opened = open_minutes(minutes, place, days)
    here = {w.id: w for w in workers if w.hours.get(place.id) or w.extras}
    needs = needs_of(chains, workers=list(here.values()), usual_buffer=usual_buffer)

    @cache
    def busy(resource_id: UUID, lane: int | None) -> set[int]:
        return minutes.busy(
            [
                (begin, end)
                for begin, end, first, last in taken.get(resource_id, [])
                if lane is None or (first <= lane and (last is None or lane < last))
            ]
        )

    working = {w.id: working_minutes(minutes, w, place, days) for w in here.values()}
    seats = Seats(place, minutes, here, working, rooms, busy, usual_capacity)
    can_sit = cache(lambda free: can_all_sit(needs.wanted, free))
    lasts = max(sum(part.duration for part in chain.parts) for chain in chains)
    found = {}
    for start in grid_minutes(minutes, place, first_day, last_day):
        within = earliest <= minutes.instant(start) <= latest
        if within and opened.issuperset(range(start, start + lasts)):
            free = tuple(seats.of(start, want) for want in needs.wanted)
            if can_sit(free):
                found[minutes.instant(start)] = free
    return found
