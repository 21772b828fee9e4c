"""The adapter against the stand-in, over HTTP."""

import time
from typing import Any

import pytest
from django.db import transaction

from core.errors import ProviderUnavailable
from core.metrics import PROVIDER_CALLS
from core.testing import race
from finances.domain.sightings import GatewayTransaction
from finances.errors import GatewayRefused
from finances.gateways import wompi
from finances.gateways.current import gateway
from finances.models import Payment
from finances.tests.wires import Wire


@pytest.fixture
def approved(wire: Wire, payment: Payment) -> Any:
    """The gateway's transaction of a paid deposit."""
    wire.pay(payment)
    return gateway().find_by_reference(payment.reference)[0]


def test_a_transaction_is_found_by_our_reference_and_by_the_gateways_id(
    approved: Any, payment: Payment
) -> None:
    assert approved == gateway().find_by_id(approved.id)
    assert approved.reference == payment.reference
    assert approved.amount == payment.amount
    assert approved.status == "approved"
    assert approved.finalized_at is not None


def test_na_27_our_reference_is_no_transaction_id(approved: Any, payment: Payment) -> None:
    assert gateway().find_by_id(payment.reference) is None
    assert approved.id != payment.reference


def test_an_unknown_transaction_is_none_and_an_unpaid_reference_is_empty(
    sandbox: Any, payment: Payment
) -> None:
    assert gateway().find_by_id("12345-1-1") is None
    assert gateway().find_by_reference(payment.reference) == []


def test_an_id_cannot_choose_another_path(sandbox: Any, db: None) -> None:
    assert gateway().find_by_id("../merchants/info?x=") is None


def test_a_wrong_key_is_a_typed_refusal(sandbox: Any, db: None, settings: Any) -> None:
    settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"

    with pytest.raises(GatewayRefused) as refusal:
        gateway().find_by_reference("SZ-0")

    assert refusal.value.facts == {"status": 403, "reason": "INVALID_ACCESS_TOKEN"}


@pytest.mark.parametrize("mode", ["down", "errors"])
def test_a_gateway_that_fails_is_unavailable(sandbox: Any, db: None, mode: str) -> None:
    sandbox.faults("wompi", mode)

    with pytest.raises(ProviderUnavailable):
        gateway().find_by_reference("SZ-0")


def test_a_changed_address_counts_at_once(sandbox: Any, db: None, settings: Any) -> None:
    gateway().find_by_reference("SZ-0")
    settings.WOMPI_BASE_URL = "http://127.0.0.1:9/wompi/v1"

    with pytest.raises(ProviderUnavailable):
        gateway().find_by_reference("SZ-0")


def test_acceptance_tokens_are_fresh_each_time(sandbox: Any, db: None) -> None:
    before, after = gateway().merchant_info(), gateway().merchant_info()

    assert before.policy.token != after.policy.token
    assert before.personal_data.token != after.personal_data.token
    assert before.policy.permalink.startswith("http")


@pytest.mark.parametrize("payments", [2, 9])
def test_many_transactions_are_found_at_once_and_unknown_ones_are_none(
    wire: Wire, open_one: Any, payments: int
) -> None:
    references = {}
    for _ in range(payments):
        payment = open_one()
        wire.pay(payment)
        found = gateway().find_by_reference(payment.reference)[0]
        references[found.id] = payment.reference

    answers = gateway().find_many([*references, "12345-1-1"])

    assert answers.pop("12345-1-1") is None
    assert {key: seen.reference for key, seen in answers.items()} == references  # type: ignore[union-attr]


def test_one_page_of_the_list_answers_for_a_whole_burst(wire: Wire, open_one: Any) -> None:
    ids = []
    for _ in range(9):
        payment = open_one()
        wire.pay(payment)
        ids.append(gateway().find_by_reference(payment.reference)[0].id)
    calls = _calls("transaction by id"), _calls("newest transactions")

    gateway().find_many(ids)

    assert (_calls("transaction by id"), _calls("newest transactions")) == (calls[0], calls[1] + 1)


def _calls(operation: str) -> float:
    child = PROVIDER_CALLS.labels("wompi", operation, "2xx")
    return sum(bucket.get() for bucket in child._buckets)


def test_many_look_ups_of_a_gateway_that_is_down_are_failures_one_by_one(
    sandbox: Any, db: None
) -> None:
    sandbox.faults("wompi", "down")

    answers = gateway().find_many(["12345-1-1", "12345-1-2"])

    assert len(answers) == 2
    assert all(isinstance(answer, ProviderUnavailable) for answer in answers.values())


def test_a_slow_gateway_is_waited_for_once_not_once_for_each_caller(
    wire: Wire, approved: GatewayTransaction
) -> None:
    wire.sandbox.faults("wompi", "slow", latency_ms=500)
    started = time.monotonic()

    answers = race([lambda: gateway().find_by_id(approved.id)] * 8)

    assert answers == [approved] * 8
    assert time.monotonic() - started < 3


def test_what_a_slow_gateway_leaves_unasked_is_left_for_later(
    wire: Wire, approved: GatewayTransaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wompi, "MOST_SECONDS", 0.2)
    monkeypatch.setattr(wompi, "IDS_WORTH_A_PAGE", 1000)
    wire.sandbox.faults("wompi", "slow", latency_ms=300)
    ids = [approved.id, *(f"99999-{number}-1" for number in range(5))]

    answers = gateway().find_many(ids)

    assert answers[approved.id] == approved
    late = [answers[key] for key in ids[1:]]
    assert all(isinstance(answer, ProviderUnavailable) for answer in late)


@pytest.mark.django_db(transaction=True)
def test_na_31_the_gateway_is_never_asked_inside_a_transaction(sandbox: Any) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        gateway().find_by_reference("SZ-0")
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        gateway().find_many(["12345-1-1", "12345-1-2"])
