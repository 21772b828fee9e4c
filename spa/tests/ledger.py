"""Looking at the tables as a whole, whichever app they belong to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.selectors.payments import list_payments_of
from finances.steps.settlement import settle
from finances.types import Allocation, PaymentView, Settled
from spa.models import Appointment
from spa.steps.booking import Booked
from spa.steps.lifecycle import PAYABLE_KIND
from spa.steps.settlement import AppointmentPayable

# Whatever a booking may leave behind.
TRACES = [
    "spa_appointment",
    "spa_appointmentseries",
    "spa_appointmentitem",
    "spa_appointmenttransition",
    "spa_occupancy",
    "spa_waitlistentry",
    "spa_waitlistservice",
    "spa_waitlistoffer",
    "spa_waitlistskip",
    "spa_classsession",
    "spa_enrolment",
    "finances_payment",
    "core_outboxmessage",
    "core_idempotencyrecord",
]
OVERLAPS = """
SELECT count(*) FROM spa_occupancy AS one JOIN spa_occupancy AS other
    ON one.id < other.id AND one.resource_id = other.resource_id
   AND one.lanes && other.lanes AND one.during && other.during
"""


def traces() -> dict[str, list[Any]]:
    """Every row of every table a booking writes."""
    found = {}
    with connection.cursor() as cursor:
        for table in TRACES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608
            found[table] = cursor.fetchall()
    return found


@contextmanager
def nothing_changes() -> Iterator[None]:
    """The block leaves no trace, however it ends."""
    before = traces()
    try:
        yield
    finally:
        assert traces() == before


def count_overlaps() -> int:
    """How many pairs of rows claim the same time of the same resource."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return int(cursor.fetchone()[0])


def payment_of(visit: Appointment) -> PaymentView:
    """The visit's payment as it is now."""
    return list_payments_of(payable_kind=PAYABLE_KIND, payable_ids=[visit.pk])[visit.pk]


def approved(payment: PaymentView, *, now: datetime, attempt: int = 1) -> Sighting:
    """The gateway says that this payment's money is there."""
    return Sighting(
        GatewayTransaction(
            id=f"{payment.reference}-{attempt}",
            reference=payment.reference,
            status=Status.APPROVED,
            amount=payment.amount,
            currency=payment.currency,
            method="CARD",
            finalized_at=now,
        )
    )


def arrived(visit: Appointment, *, now: datetime, amount: str = "48000.00") -> Settled:
    """Money for the visit, as finances tells of it."""
    return Settled(
        payment_id=uuid4(),
        payable_id=visit.pk,
        client_id=visit.client_id,
        kind="deposit",
        amount=Decimal(amount),
        currency=visit.currency,
        paid_at=now,
    )


def settle_visits(*paid: Settled, now: datetime) -> Sequence[Allocation]:
    """What the visits answer finances."""
    with transaction.atomic():
        return AppointmentPayable().settle(paid=paid, now=now)


def pay(booked: Booked, *, now: datetime, attempt: int = 1) -> Booked:
    """Settle the visit's deposit, as the webhook's handler and the poller do."""
    sighting = approved(payment_of(booked.appointment), now=now, attempt=attempt)
    with transaction.atomic():
        settle([sighting], now=now)
    return booked
