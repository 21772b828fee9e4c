"""Booking a visit (SPA-05, SPA-07, SPA-08, SPA-26)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa.selectors.availability import Wish, ask
from spa.selectors.pricing import NO_WISHES, Wishes
from spa.steps.booking import Booked, Order
from spa.steps.limits import check_limits
from spa.steps.placing import place_visit
from spa.steps.slots import free_at, refuse_by_policy


@use_case
def book_appointment(
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
) -> Booked:
    """Book services in sequence from `start`; the visit holds its time until its deposit is paid.

    Guests are served at the same time, all of them or nobody. Nothing to pay confirms the visit at
    once. Prices, deposit and policy are frozen as of `now`. Raises `SlotTaken` (with alternatives),
    `SlotNotOffered`, `SlotTooSoon`, `SlotTooFar`, the refusals of `ask`, those of `check_limits`
    and those of `price_visit`.
    """
    question = ask(
        service_ids=service_ids,
        location_id=location_id,
        staff_id=staff_id,
        now=now,
        add_on_ids=add_on_ids,
        guests=guests,
    )
    refuse_by_policy(question, start=start, now=now)
    free = free_at(question, start=start, now=now)
    check_limits(client_id=client_id, is_vip=is_vip, policy=question.policy, now=now)
    order = Order(client_id=client_id, is_vip=is_vip, start=start, notes=notes, wishes=wishes)
    return place_visit(question, free, order, actor_id=client_id, now=now)
