"""Deposits of visits that wait for their own, long after they were booked (SPA-20)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from finances.domain.statuses import PAYABLE
from finances.selectors.payments import list_payments_of
from finances.steps.payments import expire_payments, open_payment
from finances.types import PaymentView
from spa.domain.lifecycle import VISIT
from spa.models import Appointment

DEPOSIT = "deposit"


@requires_transaction
def open_deposits(visits: Sequence[Appointment], *, now: datetime) -> dict[UUID, PaymentView]:
    """A payment each of these held, locked visits can be paid by, as long as it is held.

    One that is open until then is given again, any other is closed. An INSERT a visit, and three
    statements for all of them.
    """
    ids = [visit.pk for visit in visits]
    found = list_payments_of(payable_kind=VISIT, payable_ids=ids)
    lacking = [visit for visit in visits if not _serves(found.get(visit.pk), visit)]
    expire_payments(payable_kind=VISIT, payable_ids=[visit.pk for visit in lacking], now=now)
    for visit in lacking:
        if visit.hold_expires_at is None:
            raise ValueError("a visit that is not held waits for no deposit")
        open_payment(
            kind=DEPOSIT,
            payable_kind=VISIT,
            payable_id=visit.pk,
            client_id=visit.client_id,
            amount=visit.deposit - visit.paid,
            currency=visit.currency,
            expires_at=visit.hold_expires_at,
            now=now,
        )
    return list_payments_of(payable_kind=VISIT, payable_ids=ids)


def _serves(payment: PaymentView | None, visit: Appointment) -> bool:
    return (
        payment is not None
        and payment.status in PAYABLE
        and payment.expires_at == visit.hold_expires_at
        and payment.amount == visit.deposit - visit.paid
    )
