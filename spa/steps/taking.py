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
from spa.selectors.turns import newest_bookings
from spa.steps.occupancy import Claim, Source
from spa.steps.winning import win

MIDNIGHT = time(0)
# Lower than every id of a booking.
NEVER = UUID(int=0)


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
    tried first: the preferred person, then who has least to do that day, then who was booked
    longest ago. A crew that loses an option is out, and so is every other crew with that option:
    each try rules one out at least, so there are never more tries than options. One query more
    when too many have equally little to do.
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
    """Orders people: the preferred, who has least to do that day, who was booked longest ago."""

    preferred_staff_id: UUID | None
    loads: Mapping[UUID, int]
    newest: Mapping[UUID, UUID]

    def __call__(self, option: Option) -> tuple[bool, int, UUID, int]:
        lane = option.lane or 0
        if option.worker is None:
            return False, 0, NEVER, lane  # rooms keep the studio's order
        worker_id = option.worker.id
        return (
            worker_id != self.preferred_staff_id,
            self.loads[worker_id],
            self.newest.get(worker_id, NEVER),
            lane,
        )


def _fairness(
    question: Question, free: Free, start: datetime, preferred_staff_id: UUID | None
) -> _Fairness:
    day, zone = start.astimezone(question.place.zone).date(), question.place.zone
    begin = int(instant_of(day, MIDNIGHT, zone).timestamp())
    end = int(instant_of(day + timedelta(days=1), MIDNIGHT, zone).timestamp())
    people = {
        option.worker.id: option.resource_id
        for options in free.offers.options
        for option in options
        if option.worker is not None
    }
    loads = {
        worker_id: sum(
            max(0, min(until, end) - max(since, begin))
            for since, until in free.busy.get(resource_id, ())
        )
        for worker_id, resource_id in people.items()
    }
    tied = _tied(free, start, loads, preferred_staff_id)
    newest = newest_bookings(staff_ids=tied) if tied else {}
    return _Fairness(preferred_staff_id, loads, newest)


def _tied(
    free: Free, start: datetime, loads: Mapping[UUID, int], preferred_staff_id: UUID | None
) -> set[UUID]:
    """Those among whom only their turn can decide; mostly nobody, and nothing has to be read."""
    wanted = sum(demand.is_staff for demand in free.offers.need.demands)
    people = [worker.id for worker in free.offers.workers_at(start)]
    if preferred_staff_id in people and wanted == 1:
        return set()
    least = sorted(loads[worker_id] for worker_id in people)[:wanted]
    tied = {worker_id for worker_id in people if loads[worker_id] in least}
    return tied if len(tied) > wanted else set()
