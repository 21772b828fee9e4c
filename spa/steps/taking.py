"""Taking a visit's time: who and what serves it is decided here, inside the transaction (NA-19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from core.db import requires_transaction
from spa.domain.crews import Option
from spa.domain.need import Demand, VisitNeed
from spa.domain.studio import Room, Worker
from spa.domain.wall_time import instant_of
from spa.selectors.availability import Free, Question
from spa.steps.occupancy import Claim, Source
from spa.steps.winning import win

MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who and what serves a visit: one option for each of its demands."""

    need: VisitNeed
    options: tuple[Option, ...]

    @property
    def worker(self) -> Worker | None:
        """Who serves the client first."""
        served = next((s for s in self.need.served if s.staff is not None), None)
        return self.worker_of(served.staff) if served is not None else None

    def worker_of(self, demand: int | None) -> Worker | None:
        """Who meets a demand, by its number."""
        return None if demand is None else self.options[demand].worker

    def room_of(self, demand: int | None) -> Room | None:
        """Which room meets a demand, by its number."""
        return None if demand is None else self.options[demand].room

    def claims(self, start: datetime) -> list[Claim]:
        """The time each of them owes a visit that begins at `start`, buffers included."""
        return [
            _claim(option, demand, start)
            for option, demand in zip(self.options, self.need.demands, strict=True)
        ]


def _claim(option: Option, demand: Demand, start: datetime) -> Claim:
    return Claim(
        option.resource_id,
        start + timedelta(minutes=demand.stretch.begin),
        start + timedelta(minutes=demand.stretch.end),
        option.lane,
    )


@requires_transaction
def take_time(
    question: Question,
    free: Free,
    *,
    source: Source,
    start: datetime,
    hold_expires_at: datetime | None,
    now: datetime,
    preferred_staff_id: UUID | None = None,
) -> Crew | None:
    """Occupy the first crew that is really free at `start`; `None` when rivals have them all.

    `free` is what was read a moment ago and may be stale: the ledger's constraint decides. Who is
    tried first: the preferred person, then who has least to do that day, then whose turn it
    is. A crew that loses an option is out, and so is every other crew with that option:
    each try rules one out at least, so there are never more tries than options.
    """
    fairness = _fairness(question, free, start, preferred_staff_id)
    lost: set[Claim] = set()

    def is_lost(demand: Demand, option: Option) -> bool:
        return _claim(option, demand, start) in lost

    for options in free.offers.crews_at(start, fairness, is_lost):
        crew = Crew(question.need, options)
        claims = crew.claims(start)
        missing = win(source=source, claims=claims, hold_expires_at=hold_expires_at, now=now)
        if not missing:
            return crew
        lost.update(missing)
    return None


def likely_crew(
    question: Question, free: Free, *, start: datetime, preferred_staff_id: UUID | None = None
) -> Crew | None:
    """Who would be tried first for a visit at `start`, as long as nothing changes."""
    fairness = _fairness(question, free, start, preferred_staff_id)
    options = next(iter(free.offers.crews_at(start, fairness)), None)
    return None if options is None else Crew(question.need, options)


@dataclass(frozen=True, slots=True)
class _Fairness:
    """Orders people: the preferred one, who has least to do that day, then in rotation."""

    preferred_staff_id: UUID | None
    loads: Mapping[UUID, int]
    turns: Mapping[UUID, int]

    def __call__(self, option: Option) -> tuple[bool, int, int, int]:
        lane = option.lane or 0
        if option.worker is None:
            return False, 0, 0, lane  # rooms keep the studio's order
        worker = option.worker
        return (
            worker.id != self.preferred_staff_id,
            self.loads[worker.id],
            self.turns[worker.id],
            lane,
        )


def _fairness(
    question: Question, free: Free, start: datetime, preferred_staff_id: UUID | None
) -> _Fairness:
    day = start.astimezone(question.place.zone).date()
    begin = int(instant_of(day, MIDNIGHT, question.place.zone).timestamp())
    end = int(instant_of(day + timedelta(days=1), MIDNIGHT, question.place.zone).timestamp())
    people = question.calendar.studio.workers
    # Each day somebody else is first among those who have equally much to do.
    turns = {
        worker.id: (number - day.toordinal()) % len(people) for number, worker in enumerate(people)
    }
    loads = {
        worker.id: sum(
            max(0, min(until, end) - max(since, begin))
            for since, until in free.busy.get(worker.resource_id, ())
        )
        for worker in people
    }
    return _Fairness(preferred_staff_id, loads, turns)
