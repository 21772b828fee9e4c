"""Identifiers of the shape the providers use."""

import base64
import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def letters(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def twilio_sid(prefix: str) -> str:
    """`SM` and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def wamid(phone: str) -> str:
    """A WhatsApp message id: `wamid.` and base64 over the phone and something random."""
    raw = b"\x1d\x0b" + phone.encode() + secrets.token_bytes(16)
    return "wamid." + base64.b64encode(raw).decode()
