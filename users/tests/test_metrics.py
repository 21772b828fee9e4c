"""What identity counts: never who (CORE-10, NA-45)."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY

from users.tests.conftest import PHONE, wrong
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
COUNTED = {
    "studiozens_otp_requested_total": {"purpose": "SIGN_IN"},
    "studiozens_otp_sent_total": {"channel": "sms", "outcome": "SENT"},
    "studiozens_otp_checked_total": {"purpose": "SIGN_IN", "outcome": "wrong"},
    "studiozens_sign_ins_total": {"way": "otp", "outcome": "admitted"},
}


def counts() -> dict[str, float]:
    """The counters as they stand."""
    return {name: REGISTRY.get_sample_value(name, labels) or 0 for name, labels in COUNTED.items()}


def test_a_code_is_counted_from_its_request_to_the_door(
    api: Any, ask: Any, code_of: Callable[[str], str]
) -> None:
    UserFactory.create(phone=PHONE)
    before = counts()

    ask()
    code = code_of(PHONE)
    for guess in (wrong(code), code):
        api.post("/api/v1/auth/otp/verify", {"phone": PHONE, "code": guess}, format="json")

    assert {name: after - before[name] for name, after in counts().items()} == dict.fromkeys(
        COUNTED, 1
    )
