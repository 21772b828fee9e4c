"""Opening payments, and closing those nobody may pay any more."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.db import execute, requires_transaction
from core.ids import uuid7
from core.money import as_amount
from finances.domain.references import reference_of
from finances.domain.statuses import PAYABLE
from finances.models import Payment
from finances.models.payments import PaymentStatus

EXPIRE = """
UPDATE finances_payment
   SET status = %(expired)s, updated_at = %(now)s
 WHERE id IN (
       SELECT id FROM finances_payment
        WHERE payable_id = ANY(%(payables)s) AND payable_kind = %(kind)s
          AND status = ANY(%(payable)s)
          FOR NO KEY UPDATE SKIP LOCKED)
"""


@requires_transaction
def open_payment(
    *,
    kind: str,
    payable_kind: str,
    payable_id: UUID,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    expires_at: datetime,
    now: datetime,
) -> Payment:
    """A pending payment the client can pay at the gateway until `expires_at`. One INSERT.

    Raises `ValueError` for an amount with more than two decimals.
    """
    payment_id = uuid7()
    payment = Payment(
        id=payment_id,
        reference=reference_of(payment_id),
        kind=kind,
        payable_kind=payable_kind,
        payable_id=payable_id,
        client_id=client_id,
        amount=as_amount(amount),
        currency=currency,
        opened_at=now,
        expires_at=expires_at,
    )
    payment.save(force_insert=True)
    return payment


@requires_transaction
def expire_payments(*, payable_kind: str, payable_ids: Collection[UUID], now: datetime) -> None:
    """Close the checkout of whatever these payables still wait for. One UPDATE, never waits.

    The caller holds its own rows, and settling locks a payment first and the payable's rows after:
    a payment that is being settled this moment is therefore skipped, not waited for. Its settling
    finds the payable gone; if it settles nothing, the poller closes it.
    """
    values = {"kind": payable_kind, "payables": list(payable_ids), "payable": list(PAYABLE)}
    execute(EXPIRE, {**values, "expired": PaymentStatus.EXPIRED, "now": now})
