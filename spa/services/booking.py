"""Booking a visit (SPA-05, SPA-07, SPA-08, SPA-26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.ids import uuid7
from core.money import ZERO
from core.use_cases import use_case
from finances.selectors.payments import present_payment
from finances.steps.payments import open_payment
from spa import errors
from spa.domain.availability import Offers
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.policy import Line, Refusal
from spa.events import AppointmentConfirmed
from spa.metrics import SLOTS_LOST
from spa.models import Appointment, AppointmentItem
from spa.selectors.alternatives import find_alternatives
from spa.selectors.availability import Free, Question, ask, find_free, offers_given
from spa.steps.lifecycle import PAYABLE_KIND, announce, remember, transition
from spa.steps.limits import check_limits
from spa.steps.occupancy import Source
from spa.steps.taking import Crew, take_time


@dataclass(frozen=True, slots=True)
class Booked:
    """A new visit, its services, and the payment it waits for, if any."""

    appointment: Appointment
    items: list[AppointmentItem]
    payment: dict[str, Any] | None
    zone: ZoneInfo


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
) -> Booked:
    """Book services in sequence from `start`; the visit holds its time until its deposit is paid.

    Nothing to pay confirms it at once. Prices, deposit and policy are frozen as of `now`. Raises
    `SlotTaken` (with alternatives), `SlotNotOffered`, `SlotTooSoon`, `SlotTooFar`, the refusals of
    `ask` and those of `check_limits`.
    """
    question = ask(service_ids=service_ids, location_id=location_id, staff_id=staff_id, now=now)
    _refuse_by_policy(question, start, now)
    day = start.astimezone(question.place.zone).date()
    free = find_free(question, first_day=day, last_day=day, now=now)
    if not free.offers.has(start):
        raise _explained(question, start, now, free)
    check_limits(client_id=client_id, is_vip=is_vip, policy=question.policy, now=now)

    appointment = _drafted(question, client_id=client_id, is_vip=is_vip, start=start, now=now)
    appointment.notes = notes
    crew = take_time(
        question,
        free,
        source=Source(PAYABLE_KIND, appointment.pk),
        start=start,
        hold_expires_at=appointment.hold_expires_at,
        now=now,
    )
    if crew is None:
        SLOTS_LOST.labels(how="race").inc()
        # The rivals who won have committed: what is free has to be read again.
        again = find_free(question, first_day=day, last_day=day, now=now)
        raise _taken(question, again.offers, start, now)
    return _stored(appointment, question, crew, is_vip=is_vip, now=now)


def _refuse_by_policy(question: Question, start: datetime, now: datetime) -> None:
    match question.policy.refusal_of(start, now):
        case Refusal.TOO_SOON:
            minutes = question.policy.minimum_notice_minutes
            raise errors.SlotTooSoon(minimum_notice_minutes=minutes)
        case Refusal.TOO_FAR:
            raise errors.SlotTooFar(horizon_days=question.policy.horizon_days)


def _explained(question: Question, start: datetime, now: datetime, free: Free) -> Exception:
    """Taken by somebody, or never on offer: a start that an empty ledger would allow is taken."""
    empty = offers_given(question, busy={}, window=free.offers.window, now=now)
    if not empty.has(start):
        return errors.SlotNotOffered()
    SLOTS_LOST.labels(how="busy").inc()
    return _taken(question, free.offers, start, now)


def _taken(question: Question, offers: Offers, start: datetime, now: datetime) -> errors.SlotTaken:
    found = find_alternatives(question, offers=offers, start=start, now=now)
    return errors.SlotTaken(alternatives=found)


def _drafted(
    question: Question, *, client_id: UUID, is_vip: bool, start: datetime, now: datetime
) -> Appointment:
    """The visit as it will be stored, its staff member still open."""
    place, policy = question.place, question.policy
    currency = question.treatments[0].currency
    lines = [Line(t.price_for(is_vip=is_vip), t.deposit_percent) for t in question.treatments]
    total = sum((line.price for line in lines), ZERO)
    deposit = policy.deposit_of(lines, is_vip=is_vip, currency=currency)
    owed = deposit > 0
    return Appointment(
        id=uuid7(),
        location_id=place.id,
        client_id=client_id,
        title=question.title,
        status=(AppointmentStatus.PENDING_PAYMENT if owed else AppointmentStatus.CONFIRMED).value,
        starts_at=start.astimezone(UTC),
        ends_at=start.astimezone(UTC) + timedelta(minutes=question.need.duration),
        currency=currency,
        total=total,
        deposit=deposit,
        policy=policy.terms(
            start=start, zone=place.zone, total=total, deposit=deposit, currency=currency
        ),
        hold_expires_at=policy.hold_ends(now, start) if owed else None,
        booked_at=now,
    )


def _stored(
    appointment: Appointment, question: Question, crew: Crew, *, is_vip: bool, now: datetime
) -> Booked:
    appointment.staff_id = crew.worker.id if crew.worker else None
    claims = crew.claims(question.need, appointment.starts_at)
    appointment.claims = [claim.dump() for claim in claims]
    appointment.save(force_insert=True)
    items = AppointmentItem.objects.bulk_create(_items(appointment, question, crew, is_vip=is_vip))
    remember([transition(appointment, "", now=now, actor_id=appointment.client_id)])
    if appointment.hold_expires_at is None:
        announce([appointment], AppointmentConfirmed)
        return Booked(appointment, items, None, question.place.zone)
    payment = open_payment(
        kind="deposit",
        payable_kind=PAYABLE_KIND,
        payable_id=appointment.pk,
        client_id=appointment.client_id,
        amount=appointment.deposit,
        currency=appointment.currency,
        expires_at=appointment.hold_expires_at,
        now=now,
    )
    return Booked(appointment, items, present_payment(payment), question.place.zone)


def _items(
    appointment: Appointment, question: Question, crew: Crew, *, is_vip: bool
) -> list[AppointmentItem]:
    rooms = {room.kind: room.resource_id for room in crew.rooms}
    items, begin = [], appointment.starts_at
    for position, treatment in enumerate(question.treatments):
        end = begin + timedelta(minutes=treatment.duration)
        items.append(
            AppointmentItem(
                appointment=appointment,
                service_id=treatment.id,
                position=position,
                price=treatment.price_for(is_vip=is_vip),
                starts_at=begin,
                ends_at=end,
                room_id=rooms.get(treatment.room_kind),
            )
        )
        begin = end
    return items
