"""How much of a payment has gone back, or is promised to: never more than was paid (FIN-09).

Counters with a condition and a CHECK of their own: whoever comes second finds less left.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from core.db import execute, requires_transaction
from core.money import ZERO
from finances import errors
from finances.models import CounterRefunded, PaymentAttempt, Refund

CLAIM_ONLINE = """
UPDATE finances_paymentattempt
   SET refunded = refunded + %(amount)s, updated_at = %(now)s
 WHERE id = %(id)s AND status = 'approved' AND booked_at IS NOT NULL
   AND refunded + %(amount)s <= amount
"""
CLAIM_IN_PERSON = """
UPDATE finances_counterrefunded
   SET refunded = refunded + %(amount)s, updated_at = %(now)s
 WHERE payment_id = %(id)s AND refunded + %(amount)s <= paid
"""
GIVE_BACK_ONLINE = """
UPDATE finances_paymentattempt SET refunded = refunded - %(amount)s, updated_at = %(now)s
 WHERE id = %(id)s
"""
GIVE_BACK_IN_PERSON = """
UPDATE finances_counterrefunded SET refunded = refunded - %(amount)s, updated_at = %(now)s
 WHERE payment_id = %(id)s
"""


@requires_transaction
def claim(refund: Refund, *, now: datetime) -> None:
    """Count the refund against its payment. Raises `RefundTooMuch`."""
    if refund.counter_payment is not None:
        payment = refund.counter_payment
        CounterRefunded.objects.bulk_create(
            [CounterRefunded(payment=payment, paid=payment.amount)], ignore_conflicts=True
        )
    statement = CLAIM_ONLINE if refund.counter_payment is None else CLAIM_IN_PERSON
    if not execute(statement, _values(refund, now)):
        raise errors.RefundTooMuch(left=f"{left_of(refund):.2f}", currency=refund.currency)


@requires_transaction
def give_back(refund: Refund, *, now: datetime) -> None:
    """The refund counts no more: nothing of it left us."""
    statement = GIVE_BACK_ONLINE if refund.counter_payment_id is None else GIVE_BACK_IN_PERSON
    execute(statement, _values(refund, now))


def left_of(refund: Refund) -> Decimal:
    """What is left to give back of the refund's payment, never its tip. One query."""
    paid = refund.counter_payment or cast(PaymentAttempt, refund.attempt)
    return paid.amount - gone_of(refund)


def gone_of(refund: Refund) -> Decimal:
    """What has gone back of the refund's payment, or is promised to. One query."""
    if refund.counter_payment is None:
        return PaymentAttempt.objects.get(pk=cast(UUID, refund.attempt_id)).refunded
    gone = CounterRefunded.objects.filter(payment=refund.counter_payment)
    return gone.values_list("refunded", flat=True).first() or ZERO


def _values(refund: Refund, now: datetime) -> dict[str, Any]:
    of = refund.attempt_id or refund.counter_payment_id
    return {"amount": refund.amount, "id": of, "now": now}
