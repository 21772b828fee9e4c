"""Placing an order for a visit: all of its time is taken and it is stored, or nothing (NA-47)."""

from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from spa.selectors.availability import Free, Question
from spa.steps.booking import Booked, Order, draft_visit, store_visit
from spa.steps.preferences import preferred_staff, remember_preference
from spa.steps.slots import lost
from spa.steps.taking import take_time


@requires_transaction
def place_visit(
    question: Question, free: Free, order: Order, *, actor_id: UUID, now: datetime
) -> Booked:
    """Price a visit, take its time and store it with what it uses and owes.

    `free` was read a moment ago; who serves the visit is decided here. The caller holds the
    client's lock. Raises `SlotTaken` when rivals were faster, and the refusals of `draft_visit` and
    `store_visit`.
    """
    draft = draft_visit(question, order, now=now)
    crew = take_time(
        question,
        free,
        source=draft.source,
        start=order.start,
        hold_expires_at=draft.appointment.hold_expires_at,
        now=now,
        preferred_staff_id=_preferred(question, order.client_id),
    )
    if crew is None:
        raise lost(question, start=order.start, now=now)
    booked = store_visit(draft, crew, actor_id=actor_id, now=now)
    if question.staff_id is not None:
        remember_preference(client_id=order.client_id, staff_id=question.staff_id)
    return booked


def _preferred(question: Question, client_id: UUID) -> UUID | None:
    """Whom to try first; nothing is read when there is no choice."""
    if question.staff_id is not None or len(question.calendar.studio.workers) < 2:
        return None
    return preferred_staff(client_id=client_id)
