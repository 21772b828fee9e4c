"""Payments at the gateway and in person, side by side (NA-28)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value

from finances import errors
from finances.models import CounterPayment, Payment
from finances.models.payments import AllocationFate, PaymentStatus
from finances.selectors.charges import get_newest_charge
from finances.selectors.payments import (
    ONLINE,
    list_payments,
    present_payment,
    present_payments,
)

Place = tuple[UUID, datetime, str]


def list_counter_payments(*, client_id: UUID | None) -> QuerySet[CounterPayment]:
    """What a client paid in person, or everybody for `None`; it is approved by being there."""
    found = CounterPayment.objects.annotate(status=Value(PaymentStatus.APPROVED.value))
    return found if client_id is None else found.filter(client_id=client_id)


def side_by_side(
    online: QuerySet[Payment], in_person: QuerySet[CounterPayment]
) -> QuerySet[Any, Place]:
    """Where each payment is found, newest first. One query a page, and one to count."""
    places = online.order_by().annotate(at=F("opened_at"), method=Value(ONLINE))
    others = in_person.order_by().annotate(at=F("taken_at"))
    return (
        places.values_list("id", "at", "method")
        .union(others.values_list("id", "at", "method"), all=True)
        .order_by("-at", "-id")
    )


def present_places(places: Iterable[Place]) -> list[dict[str, Any]]:
    """The API's payments in the order of `places`. Three queries at most."""
    order = [place[0] for place in places]
    online = list(Payment.objects.filter(pk__in=order))
    in_person = CounterPayment.objects.filter(pk__in=order)
    shown = [*present_payments(online), *map(present_counter_payment, in_person)]
    found = {payment["id"]: payment for payment in shown}
    return [found[str(pk)] for pk in order]


def get_paid(*, payment_id: UUID, client_id: UUID | None) -> dict[str, Any]:
    """The API's payment, if it is the client's, or anybody's for `None`; at most three queries.

    Its newest charge comes along, over or not. Raises `PaymentUnknown`.
    """
    online = list_payments(client_id=client_id).filter(pk=payment_id).first()
    if online is not None:
        is_charged = online.next_reference > 1
        charge = get_newest_charge(payment_id=online.pk) if is_charged else None
        return present_payment(online, charge)
    in_person = list_counter_payments(client_id=client_id).filter(pk=payment_id).first()
    if in_person is None:
        raise errors.PaymentUnknown
    return present_counter_payment(in_person)


def present_counter_payment(payment: CounterPayment) -> dict[str, Any]:
    """The API's `payment` object of one in person: done when it was taken. No query."""
    return {
        "id": str(payment.pk),
        "status": PaymentStatus.APPROVED.value,
        "kind": payment.kind,
        "method": payment.method,
        "amount": f"{payment.amount:.2f}",
        "tip": f"{payment.tip:.2f}",
        "currency": payment.currency,
        "allocation": AllocationFate.ACCEPTED.value,
        "payable_kind": payment.payable_kind,
        "payable_id": str(payment.payable_id),
        "expires_at": None,
        "paid_at": payment.taken_at.isoformat(),
        "charge": None,
        "checkout": None,
    }
