"""Wompi's signed events (wompi.md, section 9)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.conf import settings

from core.money import from_cents
from finances.domain.sightings import Claim
from finances.gateways.signed_events import stamp_of, verify_signed

TRANSACTION_UPDATED = "transaction.updated"
# The year 2242: what is beyond is not a time in seconds.
LAST_SECOND = 2**33
# A kept way to pay is charged by its number; a method's details may hold a token.
SECRET = ("payment_source_id", "payment_method")


@dataclass(frozen=True, slots=True)
class WompiEvent:
    """An event; `transaction_id` is empty for kinds that are not about a transaction."""

    kind: str
    transaction_id: str
    claim: Claim


def verify_event(body: bytes) -> str:
    """The checksum of an authentic event, in lower case: its identity.

    The values are those the event itself names as signed, in its order. Raises
    `WebhookSignatureWrong` for whatever cannot be verified, in constant time as to the secret.
    """
    return verify_signed(body, secret=settings.WOMPI_EVENTS_SECRET, stamps_below=LAST_SECOND)


def without_secrets(body: bytes) -> bytes:
    """A verified event without what money can be taken by: it is kept encrypted or not at all.

    That is the number of a kept way to pay, and all that is said of tokens, which nobody needs.
    """
    event = msgspec.json.decode(body)
    if event.get("event") == TRANSACTION_UPDATED:
        told = event["data"].get("transaction")
        if not isinstance(told, dict) or not any(told.get(name) for name in SECRET):
            return body
        event["data"]["transaction"] = {k: v for k, v in told.items() if k not in SECRET}
    else:
        event["data"] = dict.fromkeys(event["data"])
    return msgspec.json.encode(event)


def read_event(body: bytes) -> WompiEvent:
    """What a verified event says; a part that is missing or odd reads as absent."""
    event = msgspec.json.decode(body)
    data = event["data"].get("transaction")
    told = data if isinstance(data, dict) else {}
    is_about_one = event.get("event") == TRANSACTION_UPDATED and isinstance(told.get("id"), str)
    return WompiEvent(
        kind=str(event.get("event")),
        transaction_id=told["id"] if is_about_one else "",
        claim=Claim(
            at=datetime.fromtimestamp(stamp_of(event, below=LAST_SECOND), UTC),
            reference=_text(told.get("reference")),
            amount=_amount(told.get("amount_in_cents")),
            currency=_text(told.get("currency")),
        ),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _amount(cents: Any) -> Decimal | None:
    try:
        return from_cents(cents)
    except ValueError:
        return None
