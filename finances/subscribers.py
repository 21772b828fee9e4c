"""What people are told about their money."""

from core.events import subscribe
from finances.domain.refunds import Destination
from finances.events import (
    CreditAdjusted,
    CreditEnding,
    PaymentCredited,
    PaymentDeclined,
    RefundBecameCredit,
    RefundDone,
)
from finances.registry import payable_for
from notifications.steps.delivery import notify


@subscribe(PaymentDeclined, name="finances.tell-payment-declined")
def tell_payment_declined(event: PaymentDeclined) -> None:
    """Worth knowing only while another try is possible."""
    notify(
        person_id=event.client_id,
        template="payment_declined",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "service": payable_for(event.payable_kind).describe(payable_id=event.payable_id),
        },
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(PaymentCredited, name="finances.tell-payment-credited")
def tell_payment_credited(event: PaymentCredited) -> None:
    """Money that came too late is not lost, and its owner hears so."""
    notify(
        person_id=event.client_id,
        template="payment_credited",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


@subscribe(CreditEnding, name="finances.tell-credit-ending")
def tell_credit_ending(event: CreditEnding) -> None:
    """Worth knowing only while the credit can be spent."""
    notify(
        person_id=event.client_id,
        template="credit_ending",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "last_day": event.last_day.isoformat(),
        },
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(CreditAdjusted, name="finances.tell-credit-adjusted")
def tell_credit_adjusted(event: CreditAdjusted) -> None:
    """Credit that comes or goes by hand is never a surprise."""
    notify(
        person_id=event.client_id,
        template="credit_given" if event.amount > 0 else "credit_taken",
        facts={
            "amount": str(abs(event.amount)),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )


# How the money went, in the middle of a sentence.
WAYS = {
    Destination.GATEWAY: "al medio de pago con el que pagaste",
    Destination.CREDIT: "como saldo a favor en tu cuenta",
    Destination.BANK: "a tu cuenta bancaria",
    Destination.CASH: "en efectivo",
}


@subscribe(RefundDone, name="finances.tell-refund-done")
def tell_refund_done(event: RefundDone) -> None:
    """Money that is on its way is looked for."""
    notify(
        person_id=event.client_id,
        template="refund_done",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
            "way": WAYS[Destination(event.destination)],
        },
        event_id=event.event_id,
    )


@subscribe(RefundBecameCredit, name="finances.tell-refund-became-credit")
def tell_refund_became_credit(event: RefundBecameCredit) -> None:
    """Money that could not go back is not lost, and its owner hears so."""
    notify(
        person_id=event.client_id,
        template="refund_became_credit",
        facts={
            "amount": str(event.amount),
            "currency": event.currency,
            "reason": event.reason,
        },
        event_id=event.event_id,
    )
