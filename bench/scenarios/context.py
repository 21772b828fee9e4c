"""What every measurement needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, islice
from typing import Any, TypeVar
from uuid import UUID

from bench.cpu import read_cpu
from bench.floor import Recorded, run_floor
from bench.inside import Application, in_sequence
from bench.measure import Measured, bursts, post, stream
from bench.stack import Stack
from bench.studio import DAYS, BenchStudio, Booker, Bookers, free_pairs, free_slots
from bench.visits import Wanted
from spa.models import StaffMember

T = TypeVar("T")

APPOINTMENTS = "/api/v1/appointments"
# Of the people with a history these can be reached (`PLAYED_PHONES`).
REACHED = slice(1, 9_998)


@dataclass(slots=True)
class Context:
    """The stack, the studio in it, and how many appointments are loaded right now."""

    stack: Stack
    studio: BenchStudio
    bookers: Bookers
    # People with a history and without sessions, in the order of their phones.
    clients: Sequence[UUID]
    seconds: float
    pids: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    is_first: bool = True
    application: Application = field(default_factory=Application)
    slots: Iterator[tuple[StaffMember, datetime]] = field(init=False)
    pairs: Iterator[tuple[StaffMember, datetime, datetime]] = field(init=False)
    holds: Iterator[Wanted] = field(init=False)
    _keys: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        first_day = self.studio.first_day
        self.slots = iter(free_slots(self.studio.free.staff, first_day))
        self.pairs = iter(free_pairs(self.studio.movable.staff, first_day))
        # The history begins behind these days.
        held = free_slots(self.studio.others.staff, first_day, days=range(DAYS))
        people = self.clients[REACHED]
        self.holds = ((person, *slot) for person, slot in zip(people, held, strict=False))

    def stream(
        self, requests: Sequence[bytes], *, clients: int, seconds: float | None = None
    ) -> Measured:
        """`bench.measure.stream` to the web server, with what each part of the stack took."""
        before = read_cpu(self.pids)
        measured = stream(
            self.stack.web_port, requests, clients=clients, seconds=seconds or self.seconds
        )
        return replace(measured, cpu=read_cpu(self.pids) - before)

    def bursts(self, rounds: Sequence[Sequence[bytes]]) -> Measured:
        """`bench.measure.bursts` in the same way."""
        before = read_cpu(self.pids)
        measured = bursts(self.stack.web_port, rounds)
        return replace(measured, cpu=read_cpu(self.pids) - before)

    def bookings(self, slots: Sequence[tuple[StaffMember, datetime]], place: UUID) -> list[bytes]:
        """Requests for these slots, each by another person and under a key of its own."""
        people = self.bookers.take(len(slots))
        return [
            self.act(APPOINTMENTS, self.order(*slot, place), booker)
            for slot, booker in zip(slots, people, strict=True)
        ]

    def order(self, member: StaffMember, start: datetime, place: UUID) -> dict[str, Any]:
        """What is asked of a booking."""
        return {
            "services": [str(self.studio.service)],
            "location": str(place),
            "staff": str(member.pk),
            "start": start.isoformat(),
        }

    def act(self, path: str, body: dict[str, Any], booker: Booker) -> bytes:
        """A request of somebody's under a key of its own."""
        key = f"bench-{next(self._keys)}"
        return post(path, body, Authorization=booker.authorization, Idempotency_Key=key)

    def free_slots(self, number: int) -> list[tuple[StaffMember, datetime]]:
        """Slots that nobody else wants."""
        return handed_out(self.slots, number)

    def free_bookings(self, number: int) -> list[bytes]:
        """Requests for such slots."""
        return self.bookings(self.free_slots(number), self.studio.free.location)

    def record(self, requests: Sequence[bytes], *, status: int) -> Recorded:
        """The SQL of these requests, answered in this process one after another and undone."""

        def work(request: bytes) -> Callable[[], None]:
            def answer() -> None:
                answered, body = self.application.answer(request)
                if answered != status:
                    raise SystemExit(f"{answered} instead of {status}: {body[:1000]!r}")

            return answer

        return in_sequence([work(request) for request in requests])

    def run_floor(self, recorded: Recorded, *, clients: int) -> Measured:
        """What the database alone needs for recorded statements."""
        return run_floor(self.stack.database_url, recorded, clients=clients)


def problems_in(measured: Measured, *expected: int) -> list[str]:
    """A line for every status that should not be there, with the first such answer."""
    return [
        f"{number} × HTTP {status}: {measured.bodies.get(str(status), '')[:600]}"
        for status, number in measured.statuses.items()
        if status not in expected
    ]


def handed_out(supply: Iterator[T], number: int) -> list[T]:
    """The next ones of a supply that must last for the whole run."""
    found = list(islice(supply, number))
    if len(found) < number:
        raise SystemExit(f"There are not enough free slots for {number} more")
    return found
