"""Payers at the gateway: transactions in the sandbox's books, and the events it would send."""

import json
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from bench.measure import post, stream
from core.money import to_cents
from finances.domain.signatures import event_checksum
from finances.models import Payment
from studiozens.stack.ports import HOST

WEBHOOK = "/api/v1/webhooks/wompi"
SIGNED = ("id", "status", "amount_in_cents")
SHOWN = (
    *SIGNED,
    "reference",
    "customer_email",
    "currency",
    "payment_method_type",
    "redirect_url",
    "shipping_address",
    "payment_link_id",
    "payment_source_id",
)
CLIENTS = 4
MOST_ROWS = 10_000


def pay_all(port: int, payments: Sequence[Payment]) -> list[bytes]:
    """Approve each payment in the sandbox on `port`; returns the signed events as requests.

    The sandbox keeps its own events back, so that only the load generator sends them.
    """
    paid = stream(port, [_payer(payment) for payment in payments], clients=CLIENTS)
    if set(paid.statuses) != {200}:
        raise SystemExit(f"The sandbox refused payments: {paid.bodies}")
    rows = {row["reference"]: row for row in _books(port)}
    return [post(WEBHOOK, _event(rows[payment.reference])) for payment in payments]


def _payer(payment: Payment) -> bytes:
    order = {
        "reference": payment.reference,
        "outcome": "APPROVED",
        "amount_in_cents": to_cents(payment.amount),
        "currency": payment.currency,
        "deliver": False,
    }
    return post("/_control/wompi/pay", order)


def _books(port: int) -> list[dict[str, Any]]:
    address = f"http://{HOST}:{port}/_control/wompi/transactions?limit={MOST_ROWS}"
    with urllib.request.urlopen(address) as answer:
        return list(json.load(answer)["transactions"])


def _event(row: dict[str, Any]) -> dict[str, Any]:
    stamp = int(time.time())
    checksum = event_checksum(
        values=[row[name] for name in SIGNED],
        timestamp=stamp,
        secret=settings.WOMPI_EVENTS_SECRET,
    )
    return {
        "event": "transaction.updated",
        "data": {"transaction": {name: row[name] for name in SHOWN}},
        "environment": "test",
        "signature": {
            "properties": [f"transaction.{name}" for name in SIGNED],
            "checksum": checksum,
        },
        "timestamp": stamp,
        "sent_at": row["finalized_at"],
    }
