"""Rendering."""

from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework import renderers


def _encode_extra(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_encoder = msgspec.json.Encoder(enc_hook=_encode_extra)


def encode(data: Any) -> bytes:
    """`data` as JSON: UUIDs and decimals as strings, aware datetimes as ISO 8601."""
    return _encoder.encode(data)


class JSONRenderer(renderers.JSONRenderer):
    """JSON by msgspec: five times faster than the standard library, which long slot lists feel."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """The body; nothing for an answer without content."""
        return b"" if data is None else encode(data)
