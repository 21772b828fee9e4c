"""Held visits and the payments they wait for, written with the product's own models."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from bench.studio import BUFFER, DURATION
from core.ids import uuid7
from finances.domain.references import reference_of
from finances.models import Payment
from spa.models import Appointment, AppointmentItem, AppointmentTransition, Occupancy, StaffMember
from spa.steps.lifecycle import PAYABLE_KIND
from spa.steps.occupancy import Claim

PRICE, DEPOSIT, CURRENCY = Decimal(120_000), Decimal(48_000), "COP"
# Longer than any measurement: what is measured is not their expiry.
HELD = timedelta(hours=6)
ROWS = 2_000

Wanted = tuple[UUID, StaffMember, datetime]


def write_holds(wanted: Iterable[Wanted], *, location: UUID, service: UUID) -> list[Payment]:
    """A visit held until paid for each client, staff member and start; returns the payments."""
    now = timezone.now()
    visits = [_visit(found, location, now) for found in wanted]
    payments = [_payment(visit, now) for visit in visits]
    items = [
        AppointmentItem(
            appointment=visit,
            service_id=service,
            position=0,
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
    return Payment.objects.bulk_create(payments, ROWS)


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
        policy={"deposit": f"{DEPOSIT}.00", "balance": f"{PRICE - DEPOSIT}.00"},
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
