"""Money back: voids, refunds, chargebacks, and the books that know of them."""

import pytest
import requests

from sandbox.tests.orders import AMOUNT, order
from sandbox.tests.process import PRIVATE, PUBLIC, StandIn
from sandbox.tests.receiver import Receiver
from sandbox.tests.saved import saved_card
from sandbox.tests.test_wompi_api import create, messages_of

DAY = 86_400
REFUNDS = "/wompi/v1/refunds"


def pay(sandbox: StandIn, reference: str, method: str = "CARD", **more: object) -> str:
    """An approved payment; its transaction's id."""
    paid = sandbox.control(
        "wompi/pay",
        reference=reference,
        outcome="APPROVED",
        amount_in_cents=AMOUNT,
        method=method,
        **more,
    )
    return str(paid["transaction_id"])


def void(sandbox: StandIn, transaction: str, **body: object) -> requests.Response:
    """Ask for a void."""
    path = f"/wompi/v1/transactions/{transaction}/void"
    return sandbox.post(path, json=body, headers=PRIVATE)


def refund(
    sandbox: StandIn, transaction: object, amount: object = AMOUNT, **more: object
) -> requests.Response:
    """Ask for a refund."""
    body = {"transaction_id": transaction, "amount_in_cents": amount, **more}
    return sandbox.post(REFUNDS, json=body, headers=PRIVATE)


def refunded(sandbox: StandIn, transaction: str) -> int:
    """What the books say went back."""
    books = sandbox.get("/_control/wompi/books").json()
    return int(books["transactions"][transaction]["refunded_in_cents"])


def test_a_card_payment_of_today_is_voided_with_its_event(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    transaction = pay(sandbox, reference)

    answer = void(sandbox, transaction)

    outcome = answer.json()["data"]
    assert (answer.status_code, outcome["status"]) == (201, "APPROVED")
    assert outcome["transaction"]["id"] == transaction
    assert outcome["transaction"]["status"] == "VOIDED"
    last = receiver.events_of(reference, count=2)[-1].json["data"]["transaction"]
    assert (last["id"], last["status"]) == (transaction, "VOIDED")
    assert set(messages_of(void(sandbox, transaction))) == {"transaction"}


def test_a_void_is_the_private_keys_and_of_a_known_transaction(
    sandbox: StandIn, reference: str
) -> None:
    path = f"/wompi/v1/transactions/{pay(sandbox, reference)}/void"

    assert sandbox.post(path, headers=PUBLIC).status_code == 401
    assert void(sandbox, "1-2-3").status_code == 404
    assert sandbox.transactions(reference)[0]["status"] == "APPROVED"


def test_what_is_not_a_whole_approved_card_payment_is_not_voided(
    sandbox: StandIn, reference: str
) -> None:
    by_nequi = pay(sandbox, f"{reference}-nequi", "NEQUI")
    in_part = pay(sandbox, f"{reference}-part")
    given_back = pay(sandbox, f"{reference}-back")
    refund(sandbox, given_back, 1)

    answers = [
        void(sandbox, by_nequi),
        void(sandbox, in_part, amount_in_cents=AMOUNT - 1),
        void(sandbox, given_back),
    ]

    assert [set(messages_of(answer)) for answer in answers] == [{"transaction"}] * 3
    assert void(sandbox, in_part, amount_in_cents=AMOUNT).status_code == 201


def test_a_payment_of_yesterday_is_refunded_and_no_longer_voided(
    own_sandbox: StandIn, reference: str
) -> None:
    transaction = pay(own_sandbox, reference)
    own_sandbox.control("clock", offset_seconds=DAY)

    late = void(own_sandbox, transaction)
    answer = refund(own_sandbox, transaction)

    assert "liquidada" in messages_of(late)["transaction"][0]
    assert answer.json()["data"]["status"] == "APPROVED"
    assert own_sandbox.transactions(reference)[0]["status"] == "APPROVED"
    assert refunded(own_sandbox, transaction) == AMOUNT


def test_parts_of_a_payment_go_back_and_never_more_than_the_whole(
    sandbox: StandIn, reference: str
) -> None:
    transaction = pay(sandbox, reference, "PSE")

    first = refund(sandbox, transaction, AMOUNT - 100, reference="R-1", reason="Cancelada")
    too_much = refund(sandbox, transaction, 101)
    rest = refund(sandbox, transaction, 100)

    data = first.json()["data"]
    assert first.status_code == 201
    assert (data["transaction_id"], data["amount_in_cents"]) == (transaction, AMOUNT - 100)
    assert (data["reference"], data["reason"]) == ("R-1", "Cancelada")
    assert data["v2_refund_id"].startswith("v2_refund_")
    assert messages_of(too_much) == {"amount_in_cents": ["Supera el saldo por reembolsar: 100"]}
    assert rest.status_code == 201
    assert refunded(sandbox, transaction) == AMOUNT


@pytest.mark.parametrize("scenario", ["declined", "error", "cancelled"])
def test_a_refund_that_is_not_approved_moves_nothing(
    sandbox: StandIn, reference: str, scenario: str
) -> None:
    transaction = pay(sandbox, reference)

    answer = refund(sandbox, transaction, test_scenario=scenario)

    data = answer.json()["data"]
    assert (answer.status_code, data["status"]) == (201, scenario.upper())
    assert data["status_message"]
    assert (data["cancelled_at"] is not None) == (scenario == "cancelled")
    assert refunded(sandbox, transaction) == 0


def test_a_test_decides_how_the_next_refunds_end(own_sandbox: StandIn, reference: str) -> None:
    transaction = pay(own_sandbox, reference)
    own_sandbox.control("wompi/refunds", outcome="DECLINED", next=2)

    statuses = [refund(own_sandbox, transaction, 100).json()["data"]["status"] for _ in range(3)]

    assert statuses == ["DECLINED", "DECLINED", "APPROVED"]
    assert refunded(own_sandbox, transaction) == 100


def test_the_same_request_twice_is_two_refunds_and_both_are_found(
    sandbox: StandIn, reference: str
) -> None:
    transaction = pay(sandbox, reference)
    made = [refund(sandbox, transaction, 100, reference=reference).json()["data"] for _ in "12"]

    def found(**query: str) -> list[int]:
        answer = sandbox.get(REFUNDS, params=query, headers=PRIVATE)
        return [row["id"] for row in answer.json()["data"]]

    ids = [row["id"] for row in made]
    assert len(set(ids)) == 2
    assert found(reference=reference) == ids
    assert found(transaction_id=transaction) == ids
    assert found(reference="nobody") == []
    for name in (ids[0], made[0]["v2_refund_id"]):
        one = sandbox.get(f"{REFUNDS}/{name}", headers=PRIVATE)
        assert one.json()["data"]["id"] == ids[0]
    assert sandbox.get(f"{REFUNDS}/nobody", headers=PRIVATE).status_code == 404
    assert sandbox.get(REFUNDS, headers=PUBLIC).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"transaction_id": None}, "transaction_id"),
        ({"amount_in_cents": None}, "amount_in_cents"),
        ({"amount_in_cents": 0}, "amount_in_cents"),
        ({"amount_in_cents": 10.5}, "amount_in_cents"),
        ({"amount_in_cents": "100"}, "amount_in_cents"),
        ({"reference": ""}, "reference"),
        ({"reference_6": "x"}, "reference_6"),
        ({"test_scenario": "maybe"}, "test_scenario"),
    ],
)
def test_a_refund_with_a_wrong_field_gives_nothing_back(
    sandbox: StandIn, reference: str, change: dict[str, object], field: str
) -> None:
    transaction = pay(sandbox, reference)
    body = {"transaction_id": transaction, "amount_in_cents": 100} | change

    answer = sandbox.post(REFUNDS, json=body, headers=PRIVATE)

    assert set(messages_of(answer)) == {field}
    assert refunded(sandbox, transaction) == 0


def test_what_cannot_go_back_is_refused(sandbox: StandIn, reference: str) -> None:
    in_cash = pay(sandbox, f"{reference}-cash", "BANCOLOMBIA_COLLECT")
    gone = pay(sandbox, f"{reference}-void")
    void(sandbox, gone)

    assert "no admite reembolsos" in messages_of(refund(sandbox, in_cash))["transaction_id"][0]
    assert "no está aprobada" in messages_of(refund(sandbox, gone))["transaction_id"][0]
    assert refund(sandbox, "1-2-3").status_code == 404
    body = {"transaction_id": in_cash, "amount_in_cents": 100}
    assert sandbox.post(REFUNDS, json=body, headers=PUBLIC).status_code == 401


def test_the_bank_takes_an_old_payment_back(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    transaction = pay(own_sandbox, reference, "NEQUI")
    own_sandbox.control("clock", offset_seconds=40 * DAY)

    taken = own_sandbox.control("wompi/chargeback", reference=reference)

    assert (taken["transaction_id"], taken["status"]) == (transaction, "VOIDED")
    assert taken["delivered"] is True
    last = receiver.events_of(reference, count=2)[-1].json
    assert last["data"]["transaction"]["status"] == "VOIDED"
    again = own_sandbox.post("/_control/wompi/chargeback", json={"transaction_id": transaction})
    assert again.status_code == 422


def test_a_refund_in_the_merchants_panel_is_told_to_nobody(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    transaction = pay(own_sandbox, reference)
    told = len(receiver.events_of(reference))

    own_sandbox.control("wompi/refund", transaction_id=transaction, amount_in_cents=AMOUNT - 1)
    own_sandbox.control("wompi/refund", transaction_id=transaction)

    assert own_sandbox.transactions(reference)[0]["refunded_in_cents"] == AMOUNT
    assert len(receiver.events_of(reference)) == told
    nothing_left = {"transaction_id": transaction}
    assert own_sandbox.post("/_control/wompi/refund", json=nothing_left).status_code == 422
    too_much = {"transaction_id": transaction, "amount_in_cents": 1}
    assert own_sandbox.post("/_control/wompi/refund", json=too_much).status_code == 422


def test_a_saved_card_stops_working_when_a_test_says_so(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    source = saved_card(sandbox)
    sandbox.control("wompi/sources", id=source, outcome="DECLINED")

    body = order(sandbox, reference, payment_source_id=source, payment_method=None)
    create(sandbox, body)

    event = receiver.events_of(reference)[0].json["data"]["transaction"]
    assert event["status"] == "DECLINED"
    rows = sandbox.get("/_control/wompi/sources").json()["sources"]
    assert [row["outcome"] for row in rows if row["id"] == source] == ["DECLINED"]


def test_the_books_are_a_witness_of_everything(own_sandbox: StandIn, reference: str) -> None:
    transaction = pay(own_sandbox, reference)
    given = refund(own_sandbox, transaction, 700).json()["data"]

    books = own_sandbox.get("/_control/wompi/books").json()

    assert books["transactions"] == {
        transaction: {
            "reference": reference,
            "status": "APPROVED",
            "amount_in_cents": AMOUNT,
            "currency": "COP",
            "payment_method_type": "CARD",
            "payment_source_id": None,
            "refunded_in_cents": 700,
        }
    }
    assert list(books["refunds"]) == [str(given["id"])]
