"""What a visit would cost, and whether it could be had: the booking without taking (SPA-26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.errors import DomainError
from core.use_cases import use_case
from finances.selectors.credit import get_available_credit
from spa import errors
from spa.domain.pricing import usable_credit
from spa.selectors.availability import Question, Wish, ask
from spa.selectors.pricing import NO_WISHES, Wishes
from spa.steps.booking import Draft, Order, draft_visit
from spa.steps.slots import look_at, refuse_by_policy


@dataclass(frozen=True, slots=True)
class Quote:
    """A visit as booking would draft it now; `refusal` when its start cannot be had.

    `credit_usable` is what of the client's credit could pay towards the deposit.
    """

    draft: Draft
    credit_usable: Decimal
    refusal: DomainError | None


@use_case
def quote_visit(
    *,
    client_id: UUID,
    is_vip: bool,
    service_ids: Sequence[UUID],
    start: datetime,
    staff_id: UUID | None,
    location_id: UUID | None,
    notes: str,
    now: datetime,
    add_on_ids: Sequence[UUID] = (),
    guests: Sequence[Wish] = (),
    wishes: Wishes = NO_WISHES,
) -> Quote:
    """The draft that `book_appointment` would store for the same words; nothing is written.

    A start that cannot be had still has its price. How much somebody may book is not asked. Raises
    the refusals of `ask` and those of `price_visit`.
    """
    question = ask(
        service_ids=service_ids,
        location_id=location_id,
        staff_id=staff_id,
        now=now,
        add_on_ids=add_on_ids,
        guests=guests,
    )
    order = Order(client_id=client_id, is_vip=is_vip, start=start, notes=notes, wishes=wishes)
    draft = draft_visit(question, order, now=now)
    usable = _usable(draft, order, now)
    return Quote(draft, usable, _refusal_of(question, start, now))


def _usable(draft: Draft, order: Order, now: datetime) -> Decimal:
    price, client_id = draft.priced.price, order.client_id
    if order.wishes.use_credit:
        return price.credit
    credit = get_available_credit(client_id=client_id, currency=price.currency, now=now)
    return usable_credit(credit, deposit=price.deposit, currency=price.currency)


def _refusal_of(question: Question, start: datetime, now: datetime) -> DomainError | None:
    try:
        refuse_by_policy(question, start=start, now=now)
        look_at(question, start=start, now=now)
    except (
        errors.SlotTooSoon,
        errors.SlotTooFar,
        errors.SlotNotOffered,
        errors.SlotTaken,
    ) as refusal:
        return refusal
    return None
