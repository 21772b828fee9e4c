"""The two hashes of Wompi (sections 3 and 9): plain SHA-256, not HMAC."""

import hashlib
from collections.abc import Mapping, Sequence

EVENT_PROPERTIES = ("transaction.id", "transaction.status", "transaction.amount_in_cents")


def integrity(
    *, reference: str, amount_in_cents: int, currency: str, secret: str, expiration_time: str = ""
) -> str:
    """Lower-case hex over the order; `expiration_time` byte for byte as it was sent, if it was."""
    text = f"{reference}{amount_in_cents}{currency}{expiration_time}{secret}"
    return hashlib.sha256(text.encode()).hexdigest()


def event_checksum(
    *, data: Mapping[str, object], properties: Sequence[str], timestamp: int, secret: str
) -> str:
    """Lower-case hex over the values that `properties` name in `data`, timestamp and secret."""
    values = "".join(str(_value_at(data, path)) for path in properties)
    return hashlib.sha256(f"{values}{timestamp}{secret}".encode()).hexdigest()


def _value_at(data: Mapping[str, object], path: str) -> object:
    value: object = data
    for name in path.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(path)
        value = value[name]
    return value
