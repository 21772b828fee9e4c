"""Booking for a client, at the desk, by the steps of a booking of theirs (SPA-05, NA-47)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.audit import record
from core.use_cases import use_case
from spa import errors
from spa.domain.lifecycle import VISIT
from spa.models import Appointment
from spa.models.appointments import Channel
from spa.selectors.availability import Wish, ask
from spa.selectors.pricing import NO_WISHES, Wishes
from spa.steps.booking import Booked, Order
from spa.steps.limits import check_limits
from spa.steps.placing import place_visit
from spa.steps.slots import free_at, refuse_by_policy
from users.selectors.people import get_contact
from users.steps.locks import lock_welcome_person


@dataclass(frozen=True, slots=True)
class Favour:
    """What the desk does for a client against the rules, and why.

    `is_override`: the client's limits, their debts and the notice do not bind. `waives_deposit`:
    the visit is certain without one.
    """

    is_override: bool = False
    waives_deposit: bool = False
    reason: str = ""

    @property
    def is_any(self) -> bool:
        """Whether anything is done against the rules."""
        return self.is_override or self.waives_deposit


@use_case
def book_for_client(
    *,
    client_id: UUID,
    actor_id: UUID,
    favour: Favour,
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
    """Book as `book_appointment` does, for somebody else; favours are audited with their reason.

    Nobody books for who is banned. Raises `PersonUnknown`, `ReasonMissing`, `Banned` and all that
    `book_appointment` raises.
    """
    if favour.is_any and not favour.reason:
        raise errors.ReasonMissing
    client = get_contact(person_id=client_id)
    question = ask(
        service_ids=service_ids,
        location_id=location_id,
        staff_id=staff_id,
        now=now,
        add_on_ids=add_on_ids,
        guests=guests,
    )
    if favour.is_override:
        question = question.at_any_notice
    refuse_by_policy(question, start=start, now=now)
    free = free_at(question, start=start, now=now)
    if favour.is_override:
        lock_welcome_person(person_id=client_id)
    else:
        check_limits(client_id=client_id, is_vip=client.is_vip, policy=question.policy, now=now)
    order = Order(
        client_id=client_id,
        is_vip=client.is_vip,
        start=start,
        notes=notes,
        wishes=wishes,
        channel=Channel.STAFF,
        booked_by=actor_id,
        waives_deposit=favour.waives_deposit,
    )
    booked = place_visit(question, free, order, actor_id=actor_id, now=now)
    if favour.is_any:
        _audit(booked.appointment, favour, actor_id, now)
    return booked


def _audit(visit: Appointment, favour: Favour, actor_id: UUID, now: datetime) -> None:
    record(
        action="spa.appointment.booked-against-the-rules",
        subject_kind=VISIT,
        subject_id=visit.pk,
        actor_id=actor_id,
        now=now,
        facts={
            "limits_overridden": favour.is_override,
            "deposit_waived": favour.waives_deposit,
            "reason": favour.reason,
        },
    )
