"""Money that came in, and money the gateway took back: ledger, payable above, and who is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.audit import record
from core.db import requires_transaction
from core.outbox import publish
from finances import metrics
from finances.domain.accounts import Account, Side, move
from finances.domain.statuses import UNSETTLED, Status
from finances.events import PaymentApproved, PaymentCredited
from finances.models import Payment, PaymentAttempt
from finances.models.ledger import MovementKind
from finances.registry import payable_for
from finances.steps.desk import Desk
from finances.steps.ledger import Movement
from finances.types import Allocation, Fate, Settled

LIABILITY = {Fate.ACCEPTED: Account.DEPOSITS_HELD, Fate.CREDITED: Account.CLIENT_CREDIT}
RECEIVED = {
    Fate.ACCEPTED: MovementKind.DEPOSIT_RECEIVED,
    Fate.CREDITED: MovementKind.CREDIT_RECEIVED,
}


@requires_transaction
def receive_money(
    desk: Desk, payment: Payment, attempt: PaymentAttempt, *, paid_at: datetime, now: datetime
) -> None:
    """Book an approved attempt.

    The payable says whether it takes the money or the client keeps it as credit. A second approved
    attempt is credit without asking: what it was for is paid.
    """
    if payment.status in UNSETTLED:
        paid = _settled(payment, paid_at)
        allocation = payable_for(payment.payable_kind).settle(paid=paid, now=now)
        desk.change(
            payment,
            status=Status.APPROVED.value,
            allocation=allocation.fate.value,
            decided_by=attempt.gateway_id,
            paid_at=paid_at,
            next_poll_at=None,
        )
    else:
        reason = str(_("recibimos dos veces el mismo pago"))
        allocation = Allocation.credited(branch="paid_twice", reason=reason)
    desk.book(
        Movement(
            RECEIVED[allocation.fate],
            attempt.pk,
            _sides(payment, attempt, Account.GATEWAY_CLEARING, LIABILITY[allocation.fate]),
        )
    )
    _tell(payment, attempt, allocation)


@requires_transaction
def return_money(desk: Desk, payment: Payment, attempt: PaymentAttempt, *, now: datetime) -> None:
    """Take a voided attempt out of the books again.

    Voids are made by people at the gateway's own desk, the same day, for cards. What the money had
    paid for stays as it is: staff decide, and find the void in the audit log.
    """
    decided = payment.decided_by == attempt.gateway_id
    fate = Fate(payment.allocation) if decided else Fate.CREDITED
    sides = _sides(payment, attempt, LIABILITY[fate], Account.GATEWAY_CLEARING)
    desk.book(Movement(MovementKind.PAYMENT_VOIDED, attempt.pk, sides))
    if decided:
        desk.change(payment, status=Status.VOIDED.value)
    record(
        action="finances.payment.voided",
        subject_kind="finances.payment",
        subject_id=payment.pk,
        actor_id=None,
        now=now,
        facts={"transaction": attempt.gateway_id, "amount": str(attempt.amount)},
    )
    transaction.on_commit(metrics.VOIDED.labels(kind=payment.kind).inc)


def _sides(
    payment: Payment, attempt: PaymentAttempt, debit: Account, credit: Account
) -> tuple[Side, Side]:
    return move(
        amount=attempt.amount,
        currency=attempt.currency,
        debit=debit,
        credit=credit,
        party=payment.client_id,
    )


def _settled(payment: Payment, paid_at: datetime) -> Settled:
    return Settled(
        payment_id=payment.pk,
        payable_id=payment.payable_id,
        client_id=payment.client_id,
        kind=payment.kind,
        amount=payment.amount,
        currency=payment.currency,
        paid_at=paid_at,
    )


def _tell(payment: Payment, attempt: PaymentAttempt, allocation: Allocation) -> None:
    shared: dict[str, Any] = {
        "payment_id": payment.pk,
        "client_id": payment.client_id,
        "amount": attempt.amount,
        "currency": attempt.currency,
    }
    if allocation.fate is Fate.CREDITED:
        publish(PaymentCredited(**shared, reason=allocation.reason))
    else:
        publish(
            PaymentApproved(
                **shared,
                kind=payment.kind,
                payable_kind=payment.payable_kind,
                payable_id=payment.payable_id,
            )
        )
    transaction.on_commit(_count(payment.kind, allocation))


def _count(kind: str, allocation: Allocation) -> Callable[[], None]:
    def count() -> None:
        metrics.SETTLED.labels(kind=kind, fate=allocation.fate.value).inc()
        if allocation.branch:
            metrics.LATE_MONEY.labels(kind=kind, branch=allocation.branch).inc()

    return count
