"""Wompi's signed events (wompi.md, section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.conf import settings

from core.crypto import constant_time_equal
from core.money import from_cents
from finances.domain.sightings import Claim
from finances.domain.signatures import event_checksum
from finances.errors import WebhookSignatureWrong

TRANSACTION_UPDATED = "transaction.updated"
# The year 2242: what is beyond is not a time in seconds.
LAST_SECOND = 2**33


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
    try:
        event = msgspec.json.decode(body)
        signature = event["signature"]
        given = str(signature["checksum"]).lower()
        values = [_value_at(event["data"], path) for path in signature["properties"]]
        if not values:
            raise WebhookSignatureWrong
        expected = event_checksum(
            values=values, timestamp=_timestamp(event), secret=settings.WOMPI_EVENTS_SECRET
        )
        if not constant_time_equal(given, expected):
            raise WebhookSignatureWrong
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise WebhookSignatureWrong from exc
    return expected


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
            at=datetime.fromtimestamp(_timestamp(event), UTC),
            reference=_text(told.get("reference")),
            amount=_amount(told.get("amount_in_cents")),
            currency=_text(told.get("currency")),
        ),
    )


def _value_at(data: Any, path: str) -> str | int:
    value = data
    for name in path.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(path)
        value = value[name]
    # Only what has one spelling can have been signed: a float or an object has several.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(path)
    return value


def _timestamp(event: Mapping[str, Any]) -> int:
    # Top level in the Spanish page, inside `signature` in the English one.
    stamp = event.get("timestamp", event["signature"].get("timestamp"))
    if isinstance(stamp, bool) or not isinstance(stamp, int) or not 0 < stamp < LAST_SECOND:
        raise TypeError("timestamp")
    return stamp


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _amount(cents: Any) -> Decimal | None:
    try:
        return from_cents(cents)
    except ValueError:
        return None
