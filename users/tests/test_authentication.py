"""Every request: who is it, and may they still act."""

from typing import Any

import pytest

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def test_no_token_is_401_and_says_how_to_sign(api: Any) -> None:
    answer = api.get(ME)

    assert (answer.status_code, answer.json()["code"]) == (401, "CORE-NOT-AUTHENTICATED")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_sandbox_answers(sandbox: Any) -> None:
    assert sandbox.messages() == []
