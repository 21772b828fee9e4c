"""A void and the refunds of the same transaction: what went back is not taken twice (FIN-09)."""

from datetime import datetime
from decimal import Decimal

from core.db import requires_transaction
from core.money import ZERO
from finances.domain.refunds import PROMISED, Destination, State
from finances.models import PaymentAttempt, Refund
from finances.steps.refunds import finish, withdraw


@requires_transaction
def end_by_void(attempt: PaymentAttempt, *, now: datetime) -> Decimal:
    """End the open refunds of a voided attempt; returns how much of it they account for.

    The gateway has given back all that was left, whoever made it do so: a refund that was on its
    way there has arrived, and one nobody has agreed to yet is not needed any more. The caller
    holds the payment.
    """
    gone = ZERO
    refunds = Refund.objects.filter(attempt=attempt).order_by("pk")
    for refund in refunds.select_for_update(no_key=True):
        if refund.state == State.REQUESTED:
            withdraw(refund, now=now)
        elif refund.destination == Destination.GATEWAY:
            if refund.state in PROMISED:
                finish(refund, now=now)
            if refund.state == State.DONE:
                gone += refund.amount
    return gone
