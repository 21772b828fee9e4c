"""Certain visits of signed-in people: moved to a free time, or cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bench.report import Row
from bench.scenarios.context import APPOINTMENTS, Context, handed_out
from bench.scenarios.twice import alone_and_together
from bench.studio import Booker
from bench.visits import write_certain
from spa.models import StaffMember


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit and whose it is."""

    visit: UUID
    booker: Booker

    def path(self, action: str) -> str:
        """Where the visit is told to do something."""
        return f"{APPOINTMENTS}/{self.visit}/{action}"


def stand(context: Context, slots: Sequence[tuple[StaffMember, datetime]]) -> list[Standing]:
    """Write a certain visit for each slot, with its deposit in the books."""
    people = context.bookers.take(len(slots))
    visits = write_certain(
        ((booker.person, *slot) for booker, slot in zip(people, slots, strict=True)),
        location=context.studio.movable.location,
        service=context.studio.service,
    )
    return [Standing(visit.pk, booker) for visit, booker in zip(visits, people, strict=True)]


def standing_slots(context: Context, number: int) -> list[tuple[StaffMember, datetime]]:
    """So many free slots of the people whose visits are moved and cancelled."""
    pairs = handed_out(context.pairs, -(-number // 2))
    return [(member, start) for member, *starts in pairs for start in starts][:number]


def moves(context: Context, number: int) -> list[bytes]:
    """Each visit goes to another free time of whoever serves it; nobody says with whom."""
    pairs = handed_out(context.pairs, number)
    visits = stand(context, [(member, here) for member, here, _ in pairs])
    return [
        context.act(visit.path("reschedule"), {"start": there.isoformat()}, visit.booker)
        for visit, (_, _, there) in zip(visits, pairs, strict=True)
    ]


def cancellations(context: Context, number: int) -> list[bytes]:
    """Each visit is paid and cancelled in time: its deposit becomes credit."""
    visits = stand(context, standing_slots(context, number))
    return [context.act(visit.path("cancel"), {}, visit.booker) for visit in visits]


def measure_moves(context: Context) -> list[Row]:
    """Every visit is another person's and moves once."""
    return alone_and_together(
        context,
        ("moving a visit, alone", "moving visits"),
        lambda number: moves(context, number),
        status=200,
        p95=25,
        rate=120,
    )


def measure_cancellations(context: Context) -> list[Row]:
    """Every visit is another person's."""
    return alone_and_together(
        context,
        ("cancelling a visit, alone", "cancelling visits"),
        lambda number: cancellations(context, number),
        status=200,
        p95=25,
        rate=120,
    )
