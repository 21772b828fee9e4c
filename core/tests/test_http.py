"""Calls to providers: bounded, broken off, never inside a transaction (CORE-11)."""

import logging
import traceback
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.db import transaction
from django.utils import timezone
from prometheus_client import REGISTRY

from core.breakers import FAILURES_TO_OPEN, SECONDS_OPEN, breaker_for
from core.errors import ProviderUnavailable
from core.http import TRIES, ProviderClient, UnknownOutcome

MERCHANT = "/wompi/v1/merchants/info"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def client(sandbox: Any, db: None) -> ProviderClient:
    """Somebody to call."""
    headers = {"Authorization": "Bearer pub_test_studiozens"}
    return ProviderClient("test-provider", sandbox.url, headers=headers)


def calls(outcome: str) -> float:
    labels = {"provider": "test-provider", "operation": "test", "outcome": outcome}
    return REGISTRY.get_sample_value("studiozens_provider_call_seconds_count", labels) or 0.0


@pytest.fixture
def tally() -> Any:
    """How often the provider was called with an outcome since the test began."""
    before: dict[str, float] = {
        outcome: calls(outcome) for outcome in ("2xx", "4xx", "5xx", "no answer", "cut off")
    }
    return lambda outcome: calls(outcome) - before[outcome]


def fail(client: ProviderClient, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UnknownOutcome):
            client.post("test", MERCHANT)


def test_na_30_a_refusal_is_an_answer_and_never_opens_the_breaker(
    client: ProviderClient, tally: Any
) -> None:
    answers = [client.get("test", "/wompi/v1/transactions/none") for _ in range(20)]

    assert {400 <= answer.status_code < 500 for answer in answers} == {True}
    assert tally("4xx") == 20
    assert client.get("test", MERCHANT).status_code < 500


def test_failures_of_the_provider_cut_it_off_until_it_had_time_to_rest(
    client: ProviderClient, sandbox: Any, tally: Any
) -> None:
    sandbox.faults("wompi", "errors")
    fail(client, FAILURES_TO_OPEN)
    sandbox.faults("wompi", "off")

    with pytest.raises(ProviderUnavailable) as refusal:
        client.post("test", MERCHANT)

    assert not isinstance(refusal.value, UnknownOutcome)
    assert (tally("5xx"), tally("cut off")) == (FAILURES_TO_OPEN, 1)
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS_OPEN + 1)):
        assert client.get("test", MERCHANT).status_code < 500
        assert client.get("test", MERCHANT).status_code < 500


def test_one_process_opens_the_breaker_for_all(client: ProviderClient, sandbox: Any) -> None:
    sandbox.faults("wompi", "errors")
    fail(client, FAILURES_TO_OPEN)

    breaker_for.cache_clear()  # as another process would begin

    with pytest.raises(ProviderUnavailable):
        client.post("test", MERCHANT)
    assert breaker_for("test-provider").current_state == "open"


def test_a_safe_call_is_tried_again_and_one_that_acts_is_not(
    client: ProviderClient, sandbox: Any, tally: Any
) -> None:
    sandbox.faults("wompi", "errors")

    with pytest.raises(ProviderUnavailable):
        client.get("test", MERCHANT)
    assert tally("5xx") == TRIES

    fail(client, 1)
    assert tally("5xx") == TRIES + 1


def test_who_waits_asks_once_and_not_for_long(
    client: ProviderClient, sandbox: Any, tally: Any
) -> None:
    sandbox.faults("wompi", "slow", latency_ms=3000)

    with pytest.raises(ProviderUnavailable):
        client.get("test", MERCHANT, tries=1, timeout=(1.0, 0.1))

    assert tally("no answer") == 1


def test_a_put_acts_and_is_tried_once(client: ProviderClient, sandbox: Any, tally: Any) -> None:
    sandbox.faults("wompi", "errors")

    with pytest.raises(UnknownOutcome):
        client.put("test", MERCHANT)

    assert tally("5xx") == 1


def test_a_lost_answer_to_a_call_that_acts_is_an_unknown_outcome(
    client: ProviderClient, sandbox: Any
) -> None:
    sandbox.faults("wompi", "lost_answer")

    with pytest.raises(UnknownOutcome) as unknown:
        client.post("test", MERCHANT)

    assert unknown.value.response is None


def test_a_5xx_is_an_unknown_outcome_that_keeps_what_the_provider_said(
    client: ProviderClient, sandbox: Any
) -> None:
    sandbox.faults("wompi", "errors")

    with pytest.raises(UnknownOutcome) as unknown:
        client.post("test", MERCHANT)

    assert isinstance(unknown.value.response, requests.Response)
    assert unknown.value.response.status_code >= 500


def test_a_call_that_never_left_surely_did_nothing(db: None) -> None:
    with pytest.raises(ProviderUnavailable) as refusal:
        ProviderClient("test-nobody", NOBODY).post("test", "/anything")

    assert type(refusal.value) is ProviderUnavailable


def test_a_slow_provider_is_not_waited_for(
    client: ProviderClient, sandbox: Any, settings: Any
) -> None:
    settings.PROVIDER_READ_TIMEOUT = 0.1
    sandbox.faults("wompi", "slow", latency_ms=1500)

    with pytest.raises(UnknownOutcome):
        client.post("test", MERCHANT)


@pytest.mark.django_db(transaction=True)
def test_na_31_inside_a_transaction_no_provider_is_called(sandbox: Any, tally: Any) -> None:
    client = ProviderClient("test-provider", sandbox.url)

    for call in (client.get, client.post):
        with pytest.raises(RuntimeError, match="transaction"), transaction.atomic():
            call("test", MERCHANT)

    assert tally("2xx") == tally("4xx") == 0


def test_with_the_cache_server_away_providers_are_still_called(
    client: ProviderClient, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    breaker_for.cache_clear()
    try:
        assert client.get("test", MERCHANT).status_code < 500
    finally:
        breaker_for.cache_clear()


@pytest.mark.parametrize("mode", ["nobody there", "lost_answer", "slow"])
def test_a_failure_s_trace_does_not_say_what_was_asked_for(
    sandbox: Any, db: None, settings: Any, mode: str
) -> None:
    """Traces are logged, and a path may name a wallet, its number or somebody's phone."""
    settings.PROVIDER_READ_TIMEOUT = 0.1
    if mode != "nobody there":
        sandbox.faults("wompi", mode, latency_ms=500)
    there = NOBODY if mode == "nobody there" else sandbox.url
    path = f"/wompi/v1/tokens/nequi/{'-'.join(['a', 'secret'])}"

    with pytest.raises(ProviderUnavailable) as failure:
        ProviderClient("test-provider", there).post("test", path)

    trace = "".join(traceback.format_exception(failure.value))
    assert "a-secret" not in trace
    assert any(why in trace for why in ("refused", "closed", "aborted", "timed out"))


def test_the_log_of_a_call_names_the_operation_and_nothing_of_its_content(
    client: ProviderClient, caplog: Any
) -> None:
    caplog.set_level(logging.INFO, logger="core.http")

    client.get("test", "/wompi/v1/transactions/secret-id")

    (record,) = [r for r in caplog.records if r.name == "core.http"]
    assert (record.provider, record.operation, record.outcome) == ("test-provider", "test", "4xx")
    assert "secret-id" not in str(vars(record))
    assert "pub_test" not in str(vars(record))
