"""What a series would be, before anybody decides (SPA-20). Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.money import ZERO
from spa.domain.pricing import Price
from spa.domain.series import Owed, SeriesPayment, deadlines
from spa.steps.booking import Order, draft_visit
from spa.steps.preferences import preferred_staff
from spa.steps.series_planning import AskedSeries, Conflict, Open, SeriesOrder, ask_series, plan
from spa.steps.taking import likely_crew
from users.selectors.people import get_contact


@dataclass(frozen=True, slots=True)
class Candidate:
    """One visit that could be had: who would serve it, and until when its deposit could wait."""

    slot: Open
    staff_id: UUID | None
    deposit_until: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Each day of a series in order, free or not, and what would be paid at once."""

    asked: AskedSeries
    price: Price
    visits: Sequence[Candidate | Conflict]
    due_now: dict[SeriesPayment, Decimal]


def preview_series(*, order: SeriesOrder, now: datetime) -> Preview:
    """The series as booking it this moment would find it, from the same plan.

    Raises the refusals of `ask_series`, and `PersonUnknown`.
    """
    asked = ask_series(order, now=now)
    contact = get_contact(person_id=order.client_id)
    planned = plan(asked, now=now)
    order_of_one = Order(order.client_id, contact.is_vip, order.start)
    price = draft_visit(asked.question, order_of_one, now=now).priced.price
    free = [slot for slot in planned if isinstance(slot, Open)]
    waits = {payment: _waits(asked, free, price, payment, now) for payment in SeriesPayment}
    whom = None if order.staff_id else preferred_staff(client_id=order.client_id)
    candidates = {
        slot.day: Candidate(slot, _staff(asked, slot, whom), until)
        for slot, until in zip(free, waits[order.payment], strict=True)
    }
    return Preview(
        asked,
        price,
        [slot if isinstance(slot, Conflict) else candidates[slot.day] for slot in planned],
        {
            payment: sum((price.deposit for until in found if until is None), ZERO)
            for payment, found in waits.items()
        },
    )


def _waits(
    asked: AskedSeries, free: Sequence[Open], price: Price, payment: SeriesPayment, now: datetime
) -> tuple[datetime | None, ...]:
    if not free:
        return ()
    policy = asked.question.policy
    owed = [Owed(slot.start, price.deposit) for slot in free]
    hold_ends = policy.hold_ends(now, free[0].start)
    return deadlines(owed, payment=payment, policy=policy, hold_ends=hold_ends)


def _staff(asked: AskedSeries, slot: Open, whom: UUID | None) -> UUID | None:
    crew = likely_crew(asked.question, slot.free, start=slot.start, preferred_staff_id=whom)
    return crew.worker.id if crew and crew.worker else None
