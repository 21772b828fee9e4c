"""Money that came in, and money the gateway took back: ledger, payable above, and who is told."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.audit import record
from core.db import requires_transaction
from core.events import Event
from finances import metrics
from finances.domain.accounts import LIABILITY_OF_KIND, Account, Side, move
from finances.domain.causes import Cause
from finances.domain.statuses import UNSETTLED, Status
from finances.events import PaymentApproved, PaymentCredited
from finances.models import Payment, PaymentAttempt
from finances.models.ledger import MovementKind
from finances.models.payments import PaymentKind
from finances.registry import payable_for
from finances.steps.desk import Desk, Receipt
from finances.steps.ledger import Movement
from finances.steps.lots import NewLot
from finances.steps.refund_voids import end_by_void
from finances.types import Allocation, Fate, Settled


def receive_money(desk: Desk, receipt: Receipt) -> None:
    """Let the money of an approved attempt wait for its payable (`ask_payables`).

    A second approved attempt is credit without asking: what it was for is paid.
    """
    if receipt.payment.status in UNSETTLED:
        desk.wait(receipt)
    else:
        reason = str(_("recibimos dos veces el mismo pago"))
        _book(desk, receipt, Allocation.credited(branch="paid_twice", reason=reason))


@requires_transaction
def ask_payables(desk: Desk, *, now: datetime) -> None:
    """Ask each kind of payable about all the money that waits for it, and book as it says.

    It takes the money, or the client keeps it as credit. Kinds are asked in one order, since each
    locks rows of its own.
    """
    waiting: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in desk.take_waiting():
        waiting[receipt.payment.payable_kind].append(receipt)
    for kind in sorted(waiting):
        receipts = waiting[kind]
        paid = [_settled(receipt) for receipt in receipts]
        allocations = payable_for(kind).settle(paid=paid, now=now)
        for receipt, allocation in zip(receipts, allocations, strict=True):
            desk.change(
                receipt.payment,
                status=Status.APPROVED.value,
                allocation=allocation.fate.value,
                decided_by=receipt.attempt.gateway_id,
                paid_at=receipt.paid_at,
                next_poll_at=None,
            )
            _book(desk, receipt, allocation)


@requires_transaction
def return_money(desk: Desk, payment: Payment, attempt: PaymentAttempt, *, now: datetime) -> None:
    """Take a voided attempt out of the books again.

    What refunds of ours account for has left already, or leaves with it: a void we asked for takes
    nothing here. The rest was voided by people at the gateway's own desk, or by the payer's bank.
    What the money had paid for stays as it is: staff decide, and find the void in the audit log.
    """
    decided = payment.decided_by == attempt.gateway_id
    if decided:
        desk.change(payment, status=Status.VOIDED.value)
    amount = attempt.amount - end_by_void(attempt, now=now)
    if amount == 0:
        return
    fate = Fate(payment.allocation) if decided else Fate.CREDITED
    if fate is Fate.CREDITED:
        desk.take_credit_back(payment, attempt, amount)
    else:
        sides = _sides(payment, amount, _held_in(payment), Account.GATEWAY_CLEARING)
        desk.book(Movement(MovementKind.PAYMENT_VOIDED, sides, attempt.pk))
    record(
        action="finances.payment.voided",
        subject_kind="finances.payment",
        subject_id=payment.pk,
        actor_id=None,
        now=now,
        facts={"transaction": attempt.gateway_id, "amount": str(amount)},
    )
    transaction.on_commit(metrics.VOIDED.labels(kind=payment.kind).inc)


def _book(desk: Desk, receipt: Receipt, allocation: Allocation) -> None:
    payment, attempt = receipt.payment, receipt.attempt
    if allocation.fate is Fate.CREDITED:
        kind, account = MovementKind.CREDIT_RECEIVED, Account.CLIENT_CREDIT
        desk.give_credit(
            NewLot(
                client_id=payment.client_id,
                amount=attempt.amount,
                currency=attempt.currency,
                cause_kind=Cause.ATTEMPT,
                cause_id=attempt.pk,
                reason=allocation.reason,
            )
        )
    else:
        kind, account = _received_as(payment), _held_in(payment)
    sides = _sides(payment, attempt.amount, Account.GATEWAY_CLEARING, account)
    desk.book(Movement(kind, sides, attempt.pk))
    desk.announce(_event(payment, attempt, allocation))
    transaction.on_commit(_count(payment.kind, allocation))


def _held_in(payment: Payment) -> Account:
    return LIABILITY_OF_KIND[payment.kind]


def _received_as(payment: Payment) -> MovementKind:
    is_deposit = payment.kind == PaymentKind.DEPOSIT
    return MovementKind.DEPOSIT_RECEIVED if is_deposit else MovementKind.PAYMENT_RECEIVED


def _sides(payment: Payment, amount: Decimal, debit: Account, credit: Account) -> tuple[Side, Side]:
    return move(
        amount=amount,
        currency=payment.currency,
        debit=debit,
        credit=credit,
        party=payment.client_id,
    )


def _settled(receipt: Receipt) -> Settled:
    payment = receipt.payment
    return Settled(
        payment_id=payment.pk,
        payable_id=payment.payable_id,
        client_id=payment.client_id,
        kind=payment.kind,
        amount=payment.amount,
        currency=payment.currency,
        paid_at=receipt.paid_at,
    )


def _event(payment: Payment, attempt: PaymentAttempt, allocation: Allocation) -> Event:
    shared: dict[str, Any] = {
        "payment_id": payment.pk,
        "client_id": payment.client_id,
        "amount": attempt.amount,
        "currency": attempt.currency,
    }
    if allocation.fate is Fate.CREDITED:
        return PaymentCredited(**shared, reason=allocation.reason)
    return PaymentApproved(
        **shared,
        kind=payment.kind,
        payable_kind=payment.payable_kind,
        payable_id=payment.payable_id,
    )


def _count(kind: str, allocation: Allocation) -> Callable[[], None]:
    def count() -> None:
        metrics.SETTLED.labels(kind=kind, fate=allocation.fate.value).inc()
        if allocation.branch:
            metrics.LATE_MONEY.labels(kind=kind, branch=allocation.branch).inc()

    return count
