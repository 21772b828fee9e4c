"""Refunds are asked for, agreed to by a second person above a limit, and promised (FIN-09)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from core.audit import record
from core.money import charged
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.refunds import Destination, Source, State, refund_reference
from finances.models import CounterPayment, FinanceSettings, Payment, PaymentAttempt, Refund
from finances.steps.credit import reserve_credit
from finances.steps.refundable import claim, gone_of
from finances.steps.refunds import (
    REFUND,
    fail,
    finish,
    lock_payment,
    lock_refund,
    promise,
    withdraw,
)
from users.steps.locks import lock_person


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be given back, of which payment, out of whose money, and where to."""

    payment_id: UUID
    amount: Decimal
    source: str
    destination: str
    reason: str
    location_id: UUID | None = None


@use_case
def request_refund(*, refund_id: UUID, wish: Wish, actor_id: UUID, now: datetime) -> Refund:
    """Give money of a payment back; above the limit a second person has to agree first.

    Of one payment never more than was paid, however many ask at once. Credit it comes out of is
    set aside at once: that of the payment first, then what ends first. A repeat of `refund_id`
    finds what was asked for. Audited. Raises `PaymentUnknown`, `RefundNotPaid`, `RefundTooMuch`,
    `RefundAmountWrong`, `RefundWayWrong`, `RefundPlaceMissing`, `RefundNoCredit`,
    `RefundOfOneself`, `CashShiftNeeded`, `PayeeUnknown`.
    """
    refund = _draft(refund_id, wish, actor_id=actor_id, now=now)
    lock_person(person_id=refund.client_id)
    known = Refund.objects.filter(pk=refund_id).first()
    if known is not None:
        return known
    _check(refund, wish)
    _choose_payment(refund)
    claim(refund, now=now)
    limit = get_settings(FinanceSettings).refund_approval_above
    # What went back of it before counts too: a limit that is passed in two steps is no limit.
    refund.needs_approval = gone_of(refund) > limit
    refund.save(force_insert=True)
    if refund.source == Source.CREDIT:
        _set_aside(refund, now=now)
    _audit("requested", refund, actor_id, now)
    if not refund.needs_approval:
        promise(refund, actor_id=actor_id, now=now)
    return refund


@use_case
def approve_refund(*, refund_id: UUID, actor_id: UUID, now: datetime) -> Refund:
    """Agree to what somebody else asked for: the money is promised and goes its way; audited.

    Raises `RefundUnknown`, `RefundDecided`, `RefundNeedsAnother`, `RefundOfOneself`,
    `CashShiftNeeded`, `PayeeUnknown`.
    """
    refund = _lock_requested(refund_id)
    if actor_id == refund.requested_by_id:
        raise errors.RefundNeedsAnother
    if actor_id == refund.client_id:
        raise errors.RefundOfOneself
    refund.decided_by_id, refund.decided_at = actor_id, now
    _audit("approved", refund, actor_id, now)
    promise(refund, actor_id=actor_id, now=now)
    return refund


@use_case
def reject_refund(*, refund_id: UUID, reason: str, actor_id: UUID, now: datetime) -> Refund:
    """Refuse what was asked for, or withdraw it oneself; audited.

    Raises `RefundUnknown`, `RefundDecided`.
    """
    refund = _lock_requested(refund_id)
    refund.decided_by_id, refund.decided_at, refund.answer = actor_id, now, reason
    withdraw(refund, now=now)
    _audit("rejected", refund, actor_id, now)
    return refund


@use_case
def end_refund_by_hand(
    *, refund_id: UUID, is_done: bool, reason: str, actor_id: UUID, now: datetime
) -> Refund:
    """Say what the gateway's own desk shows of a refund nobody can look up; audited.

    It went back, or it did not and becomes credit. Raises `RefundUnknown`, `RefundDecided`,
    `RefundStillLookedUp`.
    """
    refund = lock_refund(refund_id=refund_id)
    if refund.state != State.UNKNOWN:
        raise errors.RefundDecided
    if refund.next_look_at is not None:
        raise errors.RefundStillLookedUp
    refund.answer = reason
    _audit("found_done" if is_done else "found_undone", refund, actor_id, now)
    if is_done:
        finish(refund, now=now)
    else:
        fail(refund, "by hand", now=now)
    return refund


@use_case
def look_refund_up_again(*, refund_id: UUID, now: datetime) -> Refund:
    """Have the gateway asked again at once. Raises `RefundUnknown`, `RefundDecided`."""
    refund = lock_refund(refund_id=refund_id)
    if refund.state != State.UNKNOWN:
        raise errors.RefundDecided
    refund.next_look_at = now
    refund.save(update_fields=["next_look_at", "updated_at"])
    return refund


def _draft(refund_id: UUID, wish: Wish, *, actor_id: UUID, now: datetime) -> Refund:
    """The refund in memory, of the payment that was named: at the gateway, or in person."""
    online = Payment.objects.filter(pk=wish.payment_id).first()
    in_person = CounterPayment.objects.filter(pk=wish.payment_id).first()
    paid = online or in_person
    if paid is None:
        raise errors.PaymentUnknown
    return Refund(
        id=refund_id,
        attempt=PaymentAttempt(payment=online) if online else None,
        counter_payment=in_person,
        client_id=paid.client_id,
        source=wish.source,
        destination=wish.destination,
        amount=charged(wish.amount, paid.currency),
        currency=paid.currency,
        reason=wish.reason,
        location_id=wish.location_id,
        state=State.REQUESTED.value,
        needs_approval=False,
        requested_by_id=actor_id,
        requested_at=now,
        reference=refund_reference(refund_id),
    )


def _check(refund: Refund, wish: Wish) -> None:
    if refund.requested_by_id == refund.client_id:
        raise errors.RefundOfOneself
    if wish.amount <= 0 or refund.amount != wish.amount:
        raise errors.RefundAmountWrong
    is_to_gateway = refund.destination == Destination.GATEWAY
    is_in_circles = (refund.source, refund.destination) == (Source.CREDIT, Destination.CREDIT)
    if is_in_circles or (is_to_gateway and refund.attempt is None):
        raise errors.RefundWayWrong
    if refund.destination == Destination.CASH and refund.location_id is None:
        raise errors.RefundPlaceMissing


def _choose_payment(refund: Refund) -> None:
    """Of several approved transactions the one that paid, unless only another has enough left."""
    if refund.attempt is None:
        return
    payment = refund.attempt.payment
    lock_payment(payment_id=payment.pk)
    paid = PaymentAttempt.objects.filter(
        payment=payment, status="approved", booked_at__isnull=False
    ).order_by("pk")
    found = sorted(paid, key=lambda attempt: attempt.gateway_id != payment.decided_by)
    if not found:
        raise errors.RefundNotPaid
    enough = (one for one in found if one.amount - one.refunded >= refund.amount)
    refund.attempt = next(enough, found[0])


def _set_aside(refund: Refund, *, now: datetime) -> None:
    """The client's credit, that of this payment first; all of it is money of his (NA-29)."""
    causes = {_paid(refund).payable_id, *filter(None, [refund.attempt_id])}
    found = reserve_credit(
        client_id=refund.client_id,
        up_to=refund.amount,
        currency=refund.currency,
        payable_kind=REFUND,
        payable_id=refund.pk,
        first=causes,
        now=now,
    )
    if found < refund.amount:
        raise errors.RefundNoCredit(available=f"{found:.2f}", currency=refund.currency)


def _paid(refund: Refund) -> Payment | CounterPayment:
    return refund.counter_payment or cast(PaymentAttempt, refund.attempt).payment


def _lock_requested(refund_id: UUID) -> Refund:
    refund = lock_refund(refund_id=refund_id)
    if refund.state != State.REQUESTED:
        raise errors.RefundDecided
    return refund


def _audit(what: str, refund: Refund, actor_id: UUID, now: datetime) -> None:
    facts = {
        "payment": str(refund.attempt_id or refund.counter_payment_id),
        "client": str(refund.client_id),
        "amount": str(refund.amount),
        "currency": refund.currency,
        "source": refund.source,
        "destination": refund.destination,
        "reason": refund.reason,
        "answer": refund.answer,
    }
    record(
        action=f"finances.refund.{what}",
        subject_kind=REFUND,
        subject_id=refund.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
