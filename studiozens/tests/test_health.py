"""Asking whether the house stands, providers included (CORE-09)."""

from typing import Any

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def verdict(api: Any, name: str) -> dict[str, Any]:
    """What `/health/ready?providers=1` says of one part."""
    checks = api.get("/health/ready?providers=1").json()["checks"]
    return next(check for check in checks if check["name"] == name)


def test_the_gateway_is_asked_only_on_demand_and_is_not_required(api: Any, sandbox: Any) -> None:
    names = {check["name"] for check in api.get("/health/ready").json()["checks"]}

    assert "wompi" not in names
    assert verdict(api, "wompi") | {"ms": 0} == {
        "name": "wompi", "ok": True, "required": False, "ms": 0, "detail": "",
    }  # fmt: skip


def test_a_gateway_that_is_away_is_said_and_makes_nobody_unready(api: Any, sandbox: Any) -> None:
    before = api.get("/health/ready").status_code
    sandbox.faults("wompi", "down")

    answer = api.get("/health/ready?providers=1")

    assert answer.status_code == before
    assert verdict(api, "wompi")["ok"] is False
    assert verdict(api, "wompi")["detail"] == "ProviderUnavailable"
