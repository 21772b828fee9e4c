"""Wompi's two hashes (wompi.md, sections 3 and 9): plain SHA-256 over text, not HMAC."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def integrity_signature(
    *, reference: str, amount_in_cents: int, currency: str, expiration_time: str, secret: str
) -> str:
    """Lower-case hex over the order; `expiration_time` byte for byte as it is sent, or empty."""
    text = f"{reference}{amount_in_cents}{currency}{expiration_time}{secret}"
    return hashlib.sha256(text.encode()).hexdigest()


def event_checksum(*, values: Sequence[Any], timestamp: int, secret: str) -> str:
    """Lower-case hex over the values an event names as signed, its timestamp and the secret."""
    text = "".join(str(value) for value in values)
    return hashlib.sha256(f"{text}{timestamp}{secret}".encode()).hexdigest()


def as_signed_time(moment: datetime) -> str:
    """The one form in which a time is sent and signed: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
