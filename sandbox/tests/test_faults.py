"""`POST /_control/faults`: providers that fail on demand."""

import time

import pytest
import requests

from sandbox.tests.batches import KEYS, PAYOUTS, balance, batch, read
from sandbox.tests.orders import AMOUNT, acceptance, checkout_path, order
from sandbox.tests.process import BASIC, GRAPH, PRIVATE, PUBLIC, StandIn
from sandbox.tests.saved import CARD, card_token
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
        ("payouts", None, 500),
    ],
)
def test_errors_have_the_body_of_their_provider(
    own_sandbox: StandIn, phone: str, provider: str, code: int | None, status: int
) -> None:
    own_sandbox.control("faults", provider=provider, mode="errors", code=code)

    answers = {
        "payouts": lambda: own_sandbox.get("/payouts/v1/banks", headers=KEYS),
        "wompi": lambda: own_sandbox.get(LOOK_UP, headers=PRIVATE),
        "whatsapp": lambda: own_sandbox.post(PATH, json=body(phone), headers=GRAPH),
        "twilio": lambda: own_sandbox.post(
            f"{SERVICE}/Verifications", data={"To": phone, "Channel": "sms"}, auth=BASIC
        ),
    }
    answer = answers[provider]()

    assert answer.status_code == status
    said = answer.json().get("error", answer.json())
    assert {"type", "more_info"} & set(said) or said["code"] == "EXC_001"
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


TOOK_NOTHING = ("down", "timeout_before", "errors")
TOOK_IT = ("lost_answer", "timeout_after", "errors_after", "garbage")


def call(
    sandbox: StandIn, path: str, body: object, headers: dict[str, str], *, patience: float
) -> object:
    """POST, and what a caller learns of it."""
    try:
        answer = requests.post(sandbox.url + path, json=body, headers=headers, timeout=patience)
        return answer.status_code if answer.status_code >= 500 else answer.json()
    except requests.RequestException as exc:
        return type(exc).__name__


@pytest.mark.parametrize("mode", [*TOOK_NOTHING, *TOOK_IT])
def test_every_post_of_both_products_fails_as_told_and_took_it_or_did_not(
    own_sandbox: StandIn, reference: str, mode: str
) -> None:
    paid = own_sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT
    )["transaction_id"]
    source = {"type": "CARD", "token": card_token(own_sandbox), "customer_email": "a@example.com"}
    key, before = KEYS | {"idempotency-key": "k-1"}, balance(own_sandbox)
    posts = [
        ("/wompi/v1/transactions", order(own_sandbox, f"{reference}-2"), PRIVATE),
        ("/wompi/v1/tokens/cards", CARD, PUBLIC),
        ("/wompi/v1/payment_sources", source | acceptance(own_sandbox), PRIVATE),
        ("/wompi/v1/refunds", {"transaction_id": paid, "amount_in_cents": 700}, PRIVATE),
        (PAYOUTS, batch(own_sandbox, reference), key),
    ]
    own_sandbox.control("faults", provider="all", mode=mode)

    patience = 0.3 if "timeout" in mode else 10
    learned = {
        str(call(own_sandbox, path, body, headers, patience=patience))
        for path, body, headers in posts
    }

    own_sandbox.control("faults", provider="all", mode="off")
    assert learned == {LEARNED[mode]}
    took = mode in TOOK_IT
    books = own_sandbox.get("/_control/wompi/books").json()
    assert len(own_sandbox.transactions(f"{reference}-2")) == took
    assert len(own_sandbox.get("/_control/wompi/sources").json()["sources"]) == took
    assert books["transactions"][paid]["refunded_in_cents"] == 700 * took
    assert len(read(own_sandbox, "payouts", reference=reference)["records"]) == took
    assert (balance(own_sandbox) < before) == took


LEARNED = {
    "down": "ConnectionError",
    "lost_answer": "ConnectionError",
    "timeout_before": "ReadTimeout",
    "timeout_after": "ReadTimeout",
    "errors": "500",
    "errors_after": "500",
    "garbage": "JSONDecodeError",
}


def test_a_void_that_was_done_may_never_be_answered(own_sandbox: StandIn, reference: str) -> None:
    paid = own_sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT
    )["transaction_id"]
    own_sandbox.control("faults", provider="wompi", mode="timeout_after", path="/void")

    path = f"/wompi/v1/transactions/{paid}/void"
    assert call(own_sandbox, path, {}, PRIVATE, patience=0.3) == "ReadTimeout"

    read_back = own_sandbox.get(f"/wompi/v1/transactions/{paid}", headers=PRIVATE)
    assert read_back.json()["data"]["status"] == "VOIDED"


def test_a_fault_may_be_of_some_requests_and_of_the_next_few_only(own_sandbox: StandIn) -> None:
    scope = {"provider": "wompi", "path": "/tokens", "method": "POST"}
    own_sandbox.control("faults", mode="errors", next=2, code=503, **scope)
    own_sandbox.control("faults", provider="payouts", mode="errors", next=1)

    def tokens() -> list[int]:
        path = "/wompi/v1/tokens/cards"
        return [own_sandbox.post(path, json=CARD, headers=PUBLIC).status_code for _ in range(3)]

    assert own_sandbox.get(LOOK_UP, headers=PRIVATE).status_code == 200
    assert own_sandbox.get("/wompi/v1/tokens/nequi/x", headers=PUBLIC).status_code == 404
    assert tokens() == [503, 503, 201]
    banks = [own_sandbox.get("/payouts/v1/banks", headers=KEYS).status_code for _ in "12"]
    assert banks == [500, 200]

    own_sandbox.control("faults", mode="errors", **scope)
    own_sandbox.control("faults", provider="wompi", mode="slow", latency_ms=1)
    shown = own_sandbox.get("/_control/faults").json()["wompi"]
    assert shown["mode"] == "slow"
    assert [(fault["path"], fault["mode"]) for fault in shown["scoped"]] == [("/tokens", "errors")]
    assert tokens() == [500, 500, 500]
    own_sandbox.control("faults", mode="off", **scope)
    assert tokens() == [201, 201, 201]
    assert own_sandbox.get("/_control/faults").json()["wompi"]["mode"] == "slow"
    own_sandbox.control("faults", mode="errors", **scope)
    own_sandbox.control("faults", provider="wompi", mode="off")
    assert own_sandbox.get("/_control/faults").json()["wompi"]["scoped"] == []


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
        {"provider": "wompi", "mode": "down", "next": 0},
        {"provider": "wompi", "mode": "down", "method": "FETCH"},
        {"provider": "wompi", "mode": "down", "path": 7},
        {"provider": "payouts", "mode": "errors", "code": 200},
    ],
)
def test_a_fault_that_does_not_exist_changes_nothing(
    sandbox: StandIn, wrong: dict[str, object]
) -> None:
    answer = sandbox.post("/_control/faults", json=wrong)

    assert answer.status_code == 422
    now = sandbox.get("/_control/faults").json()
    assert {fault["mode"] for fault in now.values()} == {"off"}
