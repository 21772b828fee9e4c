"""Reading payments."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from core.db import fetch
from core.money import to_cents
from finances.domain.references import numbered
from finances.domain.signatures import as_signed_time, integrity_signature
from finances.domain.statuses import PAYABLE
from finances.models import Payment
from finances.models.payments import PaymentStatus
from finances.selectors.charges import map_open_charges
from finances.types import PaymentView

ONLINE = "online"
# The reference a payment is opened with; charges of ours use it up and make the next one.
FIRST = 1
NEWEST = f"""
SELECT DISTINCT ON (payable_id) {", ".join(field.name for field in fields(PaymentView))}
  FROM finances_payment
 WHERE payable_id = ANY(%(payables)s) AND payable_kind = %(kind)s
 ORDER BY payable_id, opened_at DESC, id DESC
"""  # noqa: S608 - our own column names


def list_payments_of(
    *, payable_kind: str, payable_ids: Collection[UUID]
) -> dict[UUID, PaymentView]:
    """The newest payment of each payable that has one. One query, whatever the number."""
    rows = fetch(NEWEST, {"kind": payable_kind, "payables": list(payable_ids)})
    newest = (PaymentView(*row) for row in rows)
    return {payment.payable_id: payment for payment in newest}


def count_flagged() -> int:
    """How many payments contradict the gateway and wait for a person."""
    return Payment.objects.filter(status=PaymentStatus.FLAGGED).count()


def list_payments(*, client_id: UUID | None) -> QuerySet[Payment]:
    """A client's payments, or everybody's for `None`; newest first."""
    found = Payment.objects.order_by("-opened_at", "-pk")
    return found if client_id is None else found.filter(client_id=client_id)


def present_newest(*, payable_kind: str, payable_ids: Collection[UUID]) -> dict[UUID, Any]:
    """The API's newest payment of each payable that has one. Two queries at most."""
    newest = list_payments_of(payable_kind=payable_kind, payable_ids=payable_ids)
    return dict(zip(newest, present_payments(list(newest.values())), strict=True))


def present_payments(payments: Sequence[Payment | PaymentView]) -> list[dict[str, Any]]:
    """The API's payments, each with the charge of ours that is under way. One query at most."""
    charged = [
        payment.id
        for payment in payments
        if payment.status in PAYABLE and payment.next_reference > FIRST
    ]
    charges = map_open_charges(payment_ids=charged) if charged else {}
    return [present_payment(payment, charges.get(payment.id)) for payment in payments]


def present_payment(
    payment: Payment | PaymentView, charge: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The API's `payment` object; `checkout` while the client can still pay. No query.

    While its `charge` is under way nothing else should be tried: who pays on the gateway's page
    too would pay twice.
    """
    is_charged = charge is not None and charge["is_open"]
    return {
        "id": str(payment.id),
        "status": str(payment.status),
        "kind": str(payment.kind),
        "method": ONLINE,
        "amount": f"{payment.amount:.2f}",
        "tip": "0.00",
        "currency": payment.currency,
        "allocation": str(payment.allocation) or None,
        "payable_kind": payment.payable_kind,
        "payable_id": str(payment.payable_id),
        "expires_at": payment.expires_at.isoformat(),
        "paid_at": payment.paid_at.isoformat() if payment.paid_at else None,
        "charge": charge,
        "checkout": (
            checkout_of(payment) if payment.status in PAYABLE and not is_charged else None
        ),
    }


def checkout_of(payment: Payment | PaymentView) -> dict[str, Any]:
    """What the widget or the checkout page needs to take this payment, signed. No query.

    `checkout_url` opens the page with all of it (wompi.md, sections 3 and 4). References that
    charges by API have used are burnt: the page gets the next one.
    """
    cents = to_cents(payment.amount)
    reference = numbered(payment.reference, payment.next_reference)
    expiration_time = as_signed_time(payment.expires_at)
    checkout = {
        "provider": "wompi",
        "public_key": settings.WOMPI_PUBLIC_KEY,
        "reference": reference,
        "amount_in_cents": cents,
        "currency": payment.currency,
        "signature": integrity_signature(
            reference=reference,
            amount_in_cents=cents,
            currency=payment.currency,
            expiration_time=expiration_time,
            secret=settings.WOMPI_INTEGRITY_SECRET,
        ),
        "expiration_time": expiration_time,
        "redirect_url": settings.PAYMENT_RETURN_URL or None,
    }
    return checkout | {"checkout_url": _checkout_url(checkout)}


# The page's names of our fields.
PARAMETERS = {
    "public-key": "public_key",
    "currency": "currency",
    "amount-in-cents": "amount_in_cents",
    "reference": "reference",
    "signature:integrity": "signature",
    "expiration-time": "expiration_time",
    "redirect-url": "redirect_url",
}


def _checkout_url(checkout: dict[str, Any]) -> str:
    query = {name: checkout[ours] for name, ours in PARAMETERS.items() if checkout[ours]}
    return f"{settings.WOMPI_CHECKOUT_URL}?{urlencode(query)}"
