"""`POST /_control/faults`: providers that fail on demand."""

import time

import pytest
import requests

from sandbox.tests.orders import checkout_path, order
from sandbox.tests.process import BASIC, GRAPH, PRIVATE, StandIn
from sandbox.tests.test_twilio_verify import SERVICE
from sandbox.tests.test_whatsapp import PATH, body

LOOK_UP = "/wompi/v1/transactions?reference=x"


def test_a_provider_that_is_down_hangs_up_and_the_others_do_not(own_sandbox: StandIn) -> None:
    own_sandbox.control("faults", provider="wompi", mode="down")

    with pytest.raises(requests.ConnectionError):
        own_sandbox.get(LOOK_UP, headers=PRIVATE)

    form = {"To": "+573001112233", "Channel": "sms"}
    answer = own_sandbox.post(f"{SERVICE}/Verifications", data=form, auth=BASIC)
    assert answer.status_code == 201


def test_a_provider_that_is_down_does_nothing(own_sandbox: StandIn, reference: str) -> None:
    wanted = order(own_sandbox, reference)
    own_sandbox.control("faults", provider="wompi", mode="down")

    with pytest.raises(requests.ConnectionError):
        own_sandbox.post("/wompi/v1/transactions", json=wanted, headers=PRIVATE)

    assert own_sandbox.transactions(reference) == []


def test_a_provider_that_is_well_again_answers(own_sandbox: StandIn) -> None:
    own_sandbox.control("faults", provider="all", mode="down")
    own_sandbox.control("faults", provider="all", mode="off")

    assert own_sandbox.get(LOOK_UP, headers=PRIVATE).status_code == 200


def test_a_slow_provider_answers_late(own_sandbox: StandIn) -> None:
    own_sandbox.control("faults", provider="wompi", mode="slow", latency_ms=300)

    started = time.monotonic()
    answer = own_sandbox.get(LOOK_UP, headers=PRIVATE)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("provider", "code", "status"),
    [
        ("wompi", None, 500),
        ("whatsapp", None, 500),
        ("whatsapp", 131056, 400),
        ("whatsapp", 190, 401),
        ("twilio", None, 500),
        ("twilio", 20429, 429),
    ],
)
def test_errors_have_the_body_of_their_provider(
    own_sandbox: StandIn, phone: str, provider: str, code: int | None, status: int
) -> None:
    own_sandbox.control("faults", provider=provider, mode="errors", code=code)

    answers = {
        "wompi": lambda: own_sandbox.get(LOOK_UP, headers=PRIVATE),
        "whatsapp": lambda: own_sandbox.post(PATH, json=body(phone), headers=GRAPH),
        "twilio": lambda: own_sandbox.post(
            f"{SERVICE}/Verifications", data={"To": phone, "Channel": "sms"}, auth=BASIC
        ),
    }
    answer = answers[provider]()

    assert answer.status_code == status
    said = answer.json().get("error", answer.json())
    assert "type" in said or "more_info" in said
    if code is not None:
        assert said["code"] == code
    assert own_sandbox.messages(phone) == []


def test_a_lost_answer_sends_the_message_all_the_same(own_sandbox: StandIn, phone: str) -> None:
    own_sandbox.control("faults", provider="whatsapp", mode="lost_answer")

    with pytest.raises(requests.ConnectionError):
        own_sandbox.post(PATH, json=body(phone), headers=GRAPH)

    assert len(own_sandbox.messages(phone)) == 1


def test_a_lost_answer_makes_the_transaction_all_the_same(
    own_sandbox: StandIn, reference: str
) -> None:
    wanted = order(own_sandbox, reference)
    own_sandbox.control("faults", provider="wompi", mode="lost_answer")

    with pytest.raises(requests.ConnectionError):
        own_sandbox.post("/wompi/v1/transactions", json=wanted, headers=PRIVATE)

    assert len(own_sandbox.transactions(reference)) == 1


def test_a_rate_of_a_half_fails_some_and_lets_some_through(own_sandbox: StandIn) -> None:
    own_sandbox.control("faults", provider="wompi", mode="errors", rate=0.5)

    statuses = {own_sandbox.get(LOOK_UP, headers=PRIVATE).status_code for _ in range(60)}

    assert statuses == {200, 500}


def test_the_payer_can_still_be_played_while_the_gateway_is_down(
    own_sandbox: StandIn, reference: str
) -> None:
    own_sandbox.get(checkout_path(reference))
    own_sandbox.control("faults", provider="wompi", mode="down")

    paid = own_sandbox.control("wompi/pay", reference=reference, outcome="APPROVED")

    assert paid["delivered"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "stripe", "mode": "down"},
        {"provider": "wompi", "mode": "broken"},
        {"provider": "wompi", "mode": "errors", "rate": 2},
        {"provider": "wompi", "mode": "slow", "latency_ms": -1},
        {"provider": "wompi", "mode": "errors", "code": 131056},
        {"provider": "whatsapp", "mode": "errors", "code": 7},
        {"provider": "wompi"},
    ],
)
def test_a_fault_that_does_not_exist_changes_nothing(
    sandbox: StandIn, wrong: dict[str, object]
) -> None:
    answer = sandbox.post("/_control/faults", json=wrong)

    assert answer.status_code == 422
    now = sandbox.get("/_control/faults").json()
    assert {fault["mode"] for fault in now.values()} == {"off"}
