"""Taking a visit's time: who and what serves it is decided here, inside the transaction (NA-19)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

from core.db import requires_transaction
from spa.domain.availability import Stretch, VisitNeed
from spa.domain.studio import Room, Worker
from spa.selectors.availability import Free, Question
from spa.steps.occupancy import Claim, Source
from spa.steps.winning import win


@dataclass(frozen=True, slots=True)
class Crew:
    """Who and what serves a visit."""

    worker: Worker | None
    rooms: tuple[Room, ...]

    @property
    def resource_ids(self) -> frozenset[UUID]:
        """Everything it keeps busy."""
        own = [self.worker.resource_id] if self.worker else []
        return frozenset(own + [room.resource_id for room in self.rooms])

    def claims(self, need: VisitNeed, start: datetime) -> list[Claim]:
        """The time each of them owes the visit, buffers included."""
        stretches = dict(need.rooms)
        owed = [(room.resource_id, stretches[room.kind]) for room in self.rooms]
        if self.worker and need.staff:
            owed.append((self.worker.resource_id, need.staff))
        return [_claim(resource_id, stretch, start) for resource_id, stretch in owed]


def _claim(resource_id: UUID, stretch: Stretch, start: datetime) -> Claim:
    return Claim(
        resource_id,
        start + timedelta(minutes=stretch.begin),
        start + timedelta(minutes=stretch.end),
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
) -> Crew | None:
    """Occupy the first crew that is really free at `start`; `None` when rivals have them all.

    `free` is what was read a moment ago and may be stale: the ledger's constraint decides. A crew
    that loses a resource is out, and so is every other crew with that resource: each try rules at
    least one resource out, so there are never more tries than resources.
    """
    lost: frozenset[UUID] = frozenset()
    for crew in _crews(question, free, start):
        if crew.resource_ids & lost:
            continue
        claims = crew.claims(question.need, start)
        missing = win(source=source, claims=claims, hold_expires_at=hold_expires_at, now=now)
        if not missing:
            return crew
        lost |= missing
    return None


def _crews(question: Question, free: Free, start: datetime) -> Iterator[Crew]:
    """Every crew that looked free: the least busy person first, then the studio's own order."""
    offers = free.offers
    workers: list[Worker | None] = [None]
    if question.need.staff is not None:
        workers = [*sorted(offers.workers_at(start), key=lambda worker: _load(worker, free))]
    choices = [offers.rooms_at(start, kind) for kind, _ in question.need.rooms]
    for worker in workers:
        for rooms in product(*choices):
            yield Crew(worker, rooms)


def _load(worker: Worker, free: Free) -> tuple[int, int, UUID]:
    busy = sum(end - begin for begin, end in free.busy.get(worker.resource_id, ()))
    return busy, worker.position, worker.id
