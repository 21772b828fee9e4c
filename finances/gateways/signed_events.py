"""Wompi's way of signing events, the same for both of its products (wompi.md, sections 9, 12)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.crypto import constant_time_equal
from finances.domain.signatures import event_checksum
from finances.errors import WebhookSignatureWrong


def verify_signed(body: bytes, *, secret: str, stamps_below: int) -> str:
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
        stamp = stamp_of(event, below=stamps_below)
        expected = event_checksum(values=values, timestamp=stamp, secret=secret)
        if not constant_time_equal(given, expected):
            raise WebhookSignatureWrong
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise WebhookSignatureWrong from exc
    return expected


def stamp_of(event: Mapping[str, Any], *, below: int) -> int:
    """When the event was signed, in its product's unit. Raises `TypeError` for what is no time."""
    # Top level in the Spanish page, inside `signature` in the English one.
    stamp = event.get("timestamp", event["signature"].get("timestamp"))
    if isinstance(stamp, bool) or not isinstance(stamp, int) or not 0 < stamp < below:
        raise TypeError("timestamp")
    return stamp


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
