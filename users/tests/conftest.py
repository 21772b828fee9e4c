"""What tests of identity share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from users.models import Channel, Purpose
from users.services.one_time_codes import request_code, send_next

PHONE = "+573001112233"


@pytest.fixture
def send_codes() -> Callable[[], None]:
    """Send what waits, as the worker would."""

    def send() -> None:
        while send_next(now=timezone.now()):
            pass

    return send


@pytest.fixture
def code_of(sandbox: Any, send_codes: Callable[[], None]) -> Callable[[str], str]:
    """The code that a phone received last."""

    def read(phone: str) -> str:
        send_codes()
        return str(sandbox.messages(to=phone)[0]["code"])

    return read


@pytest.fixture
def ask(sandbox: Any) -> Callable[..., Any]:
    """Ask for a code; each test overrides what it is about."""

    def request(phone: str = PHONE, **more: Any) -> Any:
        usual = {
            "purpose": Purpose.SIGN_IN,
            "channel": Channel.SMS,
            "ip": "127.0.0.1",
            "now": timezone.now(),
        }
        return request_code(phone=phone, **{**usual, **more})

    return request


def wrong(code: str) -> str:
    """A code that is not `code`."""
    return f"{(int(code) + 1) % 1_000_000:06}"
