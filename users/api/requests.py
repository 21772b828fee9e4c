"""What identity reads off a request besides its body."""

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ValidationError
from rest_framework.request import Request

from core.net import client_address
from core.validators import parse_phone
from users.domain.devices import describe_device
from users.types import Device


def device_of(request: Request) -> Device:
    """Where the request comes from, as a session remembers it."""
    return Device(
        name=describe_device(request.headers.get("User-Agent", "")),
        ip=client_address(request._request) or None,
    )


class LimitedByPhone:
    """Counts the phone a request names beside its address: many addresses guess one phone too."""

    def throttle_identity(self, request: Request) -> str | None:
        """The phone in the body, however it is written; `None` if there is none to read."""
        body = request.data
        text = body.get("phone") if isinstance(body, Mapping) else None
        if not isinstance(text, str):
            return None
        try:
            return f"phone:{parse_phone(text, region=settings.DEFAULT_REGION)}"
        except ValidationError:
            return None
