"""Signed events of Wompi's payouts (wompi.md, section 12): camelCase paths, milliseconds."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings

from finances.gateways.signed_events import verify_signed

# The year 2242: what is beyond is not a time in milliseconds.
LAST_MILLISECOND = 2**33 * 1000
PERSONAL = {"payee", "payeeInfo"}


def verify_payout_event(body: bytes) -> str:
    """The checksum of an authentic event: its identity. Raises `WebhookSignatureWrong`."""
    secret = settings.WOMPI_PAYOUTS_EVENTS_SECRET
    return verify_signed(body, secret=secret, stamps_below=LAST_MILLISECOND)


def payout_id_of(body: bytes) -> str:
    """The batch a verified event is about; empty for kinds that are about none."""
    data = msgspec.json.decode(body)["data"]
    batch, payment = _mapping(data, "payout"), _mapping(data, "transaction")
    found = batch.get("id") or payment.get("payoutId")
    return found if isinstance(found, str) else ""


def without_payee(body: bytes) -> bytes:
    """A verified event without the person's account and document, which nobody needs of it."""
    event = msgspec.json.decode(body)
    payment = event["data"].get("transaction") if isinstance(event["data"], dict) else None
    if not isinstance(payment, dict) or not payment.keys() & PERSONAL:
        return body
    for name in PERSONAL:
        payment.pop(name, None)
    return msgspec.json.encode(event)


def _mapping(data: Any, name: str) -> Mapping[str, Any]:
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, Mapping) else {}
