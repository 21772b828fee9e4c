"""Why a start is offered or not, by the very masks that offer it (SPA-25)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from spa.domain.availability import Offers, fitting_rooms
from spa.domain.bits import MINUTES, Window, bits_for, ceil_bit, floor_bit, span
from spa.domain.need import Demand, Stretch
from spa.domain.policy import Refusal
from spa.domain.studio import Room, Worker
from spa.selectors.agenda import Entry, list_entries
from spa.selectors.availability import Question, find_free
from spa.selectors.desk_calendar import room_names


class Reason(StrEnum):
    """Why nobody can be booked at a start, whoever is free."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    OFF_GRID = "off_grid"
    NOBODY = "nobody_free"
    NOT_ALL_AT_ONCE = "not_all_at_once"


class Verdict(StrEnum):
    """Why a person or a room can serve, or cannot."""

    FREE = "free"
    NO_SKILL = "no_skill"
    NOT_ASKED_FOR = "not_asked_for"
    NOT_WORKING = "not_working"
    BUSY = "busy"
    BUFFER = "buffer"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person or a room, what speaks against them, and what they are busy with."""

    id: UUID
    resource_id: UUID
    name: str
    verdict: Verdict
    in_the_way: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One need of the visit, from when to when, and everybody who could come into question."""

    kind: str
    begins: datetime
    ends: datetime
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that speaks against a start; it is offered exactly when `reasons` is empty."""

    start: datetime
    is_offered: bool
    reasons: Sequence[Reason]
    demands: Sequence[Judged]


def explain(
    question: Question, *, start: datetime, now: datetime, ignoring: Collection[UUID] = ()
) -> Explanation:
    """Why a visit may or may not begin at `start`, if the time of the bookings `ignoring` is free.

    Three queries, and one for each kind of thing that is in the way.
    """
    day = start.astimezone(question.place.zone).date()
    free = find_free(question, first_day=day, last_day=day, now=now, ignoring=ignoring)
    entries = [one for one in _entries(question, start, now) if one.id not in ignoring]
    names = room_names(location_id=question.place.id)
    judged = [
        Judged(
            demand.kind,
            start + timedelta(minutes=demand.stretch.begin),
            start + timedelta(minutes=demand.stretch.end),
            list(_candidates(question, free.offers, number, start, names, entries)),
        )
        for number, demand in enumerate(question.need.demands)
    ]
    reasons = list(_reasons(question, free.offers, start, now))
    is_offered = free.offers.has(start)
    if not is_offered and not reasons:
        has_all = all(any(c.verdict is Verdict.FREE for c in j.candidates) for j in judged)
        reasons.append(Reason.NOT_ALL_AT_ONCE if has_all else Reason.NOBODY)
    return Explanation(start, is_offered, reasons, judged)


def _reasons(
    question: Question, offers: Offers, start: datetime, now: datetime
) -> Iterator[Reason]:
    """What rules out everybody."""
    match question.policy.refusal_of(start, now):
        case Refusal.TOO_SOON:
            yield Reason.TOO_SOON
        case Refusal.TOO_FAR:
            yield Reason.TOO_FAR
    place, window = question.place, offers.window
    whole = _bits(start, Stretch(0, question.need.duration), window)
    if start.astimezone(place.zone).date() in place.closed_on:
        yield Reason.HOLIDAY
    elif whole & ~question.calendar.open_time(place, window):
        yield Reason.CLOSED
    is_on_a_bit = start.timestamp() % (MINUTES * 60) == 0
    if not is_on_a_bit or not _bit(start, window) & question.calendar.grid(place, window):
        yield Reason.OFF_GRID


def _candidates(
    question: Question,
    offers: Offers,
    number: int,
    start: datetime,
    names: dict[UUID, str],
    entries: Sequence[Entry],
) -> Iterator[Candidate]:
    demand = question.need.demands[number]
    people: Sequence[Worker | Room] = question.calendar.studio.workers
    if not demand.is_staff:
        people = fitting_rooms(question.calendar, demand, question.place)
    for one in people:
        mine = [entry for entry in entries if entry.resource_id == one.resource_id]
        in_the_way = _overlapping(mine, start, demand.stretch)
        verdict = _verdict(question, offers, demand, one, start, in_the_way)
        shown = in_the_way if verdict in {Verdict.BUSY, Verdict.BUFFER} else ()
        if isinstance(one, Worker):
            yield Candidate(one.id, one.resource_id, one.name, verdict, shown)
        else:
            name = names.get(one.resource_id, "")
            yield Candidate(one.resource_id, one.resource_id, name, verdict, shown)


def _verdict(
    question: Question,
    offers: Offers,
    demand: Demand,
    one: Worker | Room,
    start: datetime,
    in_the_way: Sequence[Entry],
) -> Verdict:
    if isinstance(one, Worker):
        if demand.staff_id not in {None, one.id}:
            return Verdict.NOT_ASKED_FOR
        if not demand.skill_ids <= one.skill_ids:
            return Verdict.NO_SKILL
        working = question.calendar.working_time(one, question.place, offers.window)
        if _bits(start, demand.stretch, offers.window) & ~working:
            return Verdict.NOT_WORKING
    if not in_the_way:
        return Verdict.FREE
    capacity = one.capacity or question.policy.low_supervision_capacity
    if demand.is_shared and _has_a_lane(in_the_way, capacity):
        return Verdict.FREE
    service = Stretch(max(demand.stretch.begin, 0), _service_end(question, demand))
    return Verdict.BUSY if _overlapping(in_the_way, start, service) else Verdict.BUFFER


def _has_a_lane(in_the_way: Sequence[Entry], capacity: int) -> bool:
    return any(all(not entry.takes(lane) for entry in in_the_way) for lane in range(capacity))


def _service_end(question: Question, demand: Demand) -> int:
    """When the last service that a demand serves ends, its pause not included."""
    numbers = [n for n, one in enumerate(question.need.demands) if one is demand]
    ends = [
        served.begin + served.part.duration
        for served in question.need.served
        if served.staff in numbers or served.room in numbers
    ]
    return max(ends)


def _overlapping(entries: Sequence[Entry], start: datetime, stretch: Stretch) -> list[Entry]:
    # In bits, rounded as availability rounds: busy time outwards.
    begin = floor_bit(start + timedelta(minutes=stretch.begin))
    end = begin + bits_for(stretch.end - stretch.begin)
    return [
        entry for entry in entries if floor_bit(entry.begins) < end and begin < ceil_bit(entry.ends)
    ]


def _entries(question: Question, start: datetime, now: datetime) -> list[Entry]:
    demands = question.need.demands
    resources = {worker.resource_id for worker in question.calendar.studio.workers}
    for demand in demands:
        if not demand.is_staff:
            rooms = fitting_rooms(question.calendar, demand, question.place)
            resources |= {room.resource_id for room in rooms}
    return list_entries(
        resource_ids=resources,
        begin=start + timedelta(minutes=min(d.stretch.begin for d in demands)),
        end=start + timedelta(minutes=max(d.stretch.end for d in demands)),
        now=now,
    )


def _bit(start: datetime, window: Window) -> int:
    number = floor_bit(start) - window.first
    return 1 << number if number >= 0 else 0


def _bits(start: datetime, stretch: Stretch, window: Window) -> int:
    begin = floor_bit(start + timedelta(minutes=stretch.begin)) - window.first
    return span(max(begin, 0), max(begin, 0) + bits_for(stretch.end - stretch.begin))
