"""What every measurement needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, islice
from uuid import UUID

from bench.cpu import read_cpu
from bench.floor import Recorded, run_floor
from bench.holds import Wanted
from bench.inside import Application, statements_of
from bench.measure import Measured, bursts, post, stream
from bench.stack import Stack
from bench.studio import DAYS, BenchStudio, Bookers, free_slots
from spa.models import StaffMember

APPOINTMENTS = "/api/v1/appointments"
# The sandbox plays phones that cannot be reached by their last four digits: 0000, 9998, 9999.
PLAYED_PHONES = 9_998


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
    holds: Iterator[Wanted] = field(init=False)
    _keys: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        first_day = self.studio.first_day
        self.slots = iter(free_slots(self.studio.free.staff, first_day))
        # The history begins behind these days.
        held = free_slots(self.studio.others.staff, first_day, days=range(DAYS))
        people = self.clients[1:PLAYED_PHONES]
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
        return [
            post(
                APPOINTMENTS,
                {
                    "services": [str(self.studio.service)],
                    "location": str(place),
                    "staff": str(member.pk),
                    "start": start.isoformat(),
                },
                Authorization=token,
                Idempotency_Key=f"bench-{next(self._keys)}",
            )
            for (member, start), token in zip(slots, self.bookers.take(len(slots)), strict=True)
        ]

    def free_bookings(self, number: int) -> list[bytes]:
        """Requests for slots that nobody else wants."""
        slots = list(islice(self.slots, number))
        if len(slots) < number:
            raise SystemExit("There are not enough free slots for so many bookings")
        return self.bookings(slots, self.studio.free.location)

    def floor_of(self, requests: Sequence[bytes], *, status: int, clients: int) -> Measured:
        """The same SQL as these requests through psycopg alone."""
        return self.run_floor(self.record(requests, status=status), clients=clients)

    def record(self, requests: Sequence[bytes], *, status: int) -> Recorded:
        """The SQL of these requests, answered in this process and undone."""

        def work(request: bytes) -> Callable[[], None]:
            def answer() -> None:
                answered, body = self.application.answer(request)
                if answered != status:
                    raise SystemExit(f"{answered} instead of {status}: {body[:1000]!r}")

            return answer

        return statements_of([work(request) for request in requests])

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
