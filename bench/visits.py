"""Visits that are held or certain, and their payments, written with the product's own models."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bench.studio import BUFFER, CURRENCY, DEPOSIT, DURATION, PRICE, ZONE
from core.ids import uuid7
from core.selectors.settings import get_settings
from finances.domain.accounts import Account, move
from finances.domain.references import reference_of
from finances.models import Payment, PaymentAttempt
from finances.models.ledger import MovementKind
from finances.steps.ledger import Movement, post
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentTransition,
    BookingSettings,
    Occupancy,
    StaffMember,
)
from spa.steps.lifecycle import PAYABLE_KIND
from spa.steps.occupancy import Claim

# Longer than any measurement: what is measured is not their expiry.
HELD = timedelta(hours=6)
ROWS = 2_000

Wanted = tuple[UUID, StaffMember, datetime]


def terms_from(start: datetime) -> dict[str, Any]:
    """What a client who books `start` agrees to."""
    policy = get_settings(BookingSettings).policy
    return policy.terms(start=start, zone=ZONE, total=PRICE, deposit=DEPOSIT, currency=CURRENCY)


def write_holds(wanted: Iterable[Wanted], *, location: UUID, service: UUID) -> list[Payment]:
    """A visit held until paid for each client, staff member and start; returns the payments."""
    now = timezone.now()
    visits = [_visit(found, location, now) for found in wanted]
    _write(visits, service, now)
    return Payment.objects.bulk_create([_payment(visit, now) for visit in visits], ROWS)


@transaction.atomic
def write_certain(wanted: Iterable[Wanted], *, location: UUID, service: UUID) -> list[Appointment]:
    """The same with deposits that have come in, also in the books; returns the visits."""
    now = timezone.now()
    visits = [_visit(found, location, now) for found in wanted]
    for visit in visits:
        visit.status, visit.paid, visit.hold_expires_at = "confirmed", DEPOSIT, None
    _write(visits, service, now)
    payments = [_payment(visit, now) for visit in visits]
    for payment in payments:
        payment.status, payment.allocation = "approved", "accepted"
        payment.decided_by, payment.paid_at = str(payment.pk), now
    Payment.objects.bulk_create(payments, ROWS)
    attempts = [_booked(payment, now) for payment in payments]
    PaymentAttempt.objects.bulk_create(attempts, ROWS)
    post([_received(attempt) for attempt in attempts], now=now)
    return visits


def _write(visits: Sequence[Appointment], service: UUID, now: datetime) -> None:
    items = [
        AppointmentItem(
            appointment=visit,
            service_id=service,
            position=0,
            staff_id=visit.staff_id,
            price=PRICE,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
        )
        for visit in visits
    ]
    steps = [
        AppointmentTransition(
            appointment=visit, to_status=visit.status, at=now, actor_id=visit.client_id
        )
        for visit in visits
    ]
    Appointment.objects.bulk_create(visits, ROWS)
    AppointmentItem.objects.bulk_create(items, ROWS)
    AppointmentTransition.objects.bulk_create(steps, ROWS)
    Occupancy.objects.bulk_create([_occupied(visit) for visit in visits], ROWS)


def _visit(wanted: Wanted, location: UUID, now: datetime) -> Appointment:
    client, member, start = wanted
    end = start + DURATION
    return Appointment(
        id=uuid7(),
        location_id=location,
        client_id=client,
        staff=member,
        title="Masaje relajante",
        status="pending_payment",
        starts_at=start,
        ends_at=end,
        currency=CURRENCY,
        total=PRICE,
        deposit=DEPOSIT,
        policy=terms_from(start),
        claims=[Claim(member.resource_id, start, end + BUFFER).dump()],
        hold_expires_at=now + HELD,
        booked_at=now,
    )


def _payment(visit: Appointment, now: datetime) -> Payment:
    number = uuid7()
    return Payment(
        id=number,
        reference=reference_of(number),
        kind="deposit",
        payable_kind=PAYABLE_KIND,
        payable_id=visit.pk,
        client_id=visit.client_id,
        amount=DEPOSIT,
        currency=CURRENCY,
        opened_at=now,
        expires_at=now + HELD,
    )


def _booked(payment: Payment, now: datetime) -> PaymentAttempt:
    return PaymentAttempt(
        gateway_id=payment.decided_by,
        payment=payment,
        status="approved",
        amount=payment.amount,
        currency=payment.currency,
        method="CARD",
        seen_at=now,
        booked_at=now,
    )


def _received(attempt: PaymentAttempt) -> Movement:
    sides = move(
        amount=attempt.amount,
        currency=attempt.currency,
        debit=Account.GATEWAY_CLEARING,
        credit=Account.DEPOSITS_HELD,
        party=attempt.payment.client_id,
    )
    return Movement(MovementKind.DEPOSIT_RECEIVED, sides, attempt.pk)


def _occupied(visit: Appointment) -> Occupancy:
    assert visit.staff is not None  # noqa: S101 - for the types
    return Occupancy(
        resource_id=visit.staff.resource_id,
        lanes=(0, None),
        during=(visit.starts_at, visit.ends_at + BUFFER),
        source_kind=PAYABLE_KIND,
        source_id=visit.pk,
        hold_expires_at=visit.hold_expires_at,
    )
