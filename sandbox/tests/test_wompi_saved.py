"""Tokens and payment sources: made, spent, saved, charged, cancelled."""

from datetime import UTC, datetime

import pytest
import requests

from sandbox.tests.orders import order
from sandbox.tests.process import PRIVATE, PUBLIC, StandIn
from sandbox.tests.receiver import Receiver
from sandbox.tests.saved import BROKEN, CARD, DECLINED, GOOD, card_token, saved_card, source_body
from sandbox.tests.test_wompi_api import create, messages_of
from sandbox.wompi.cards import brand_of

SOURCES = "/wompi/v1/payment_sources"


def charge(sandbox: StandIn, reference: str, source: object, **changes: object) -> object:
    """A body that charges a saved source, as a back end does at night: nobody accepts anything."""
    body = order(sandbox, reference, payment_source_id=source, **changes)
    dropped = {"acceptance_token", "accept_personal_auth"}
    if "payment_method" not in changes:
        dropped.add("payment_method")
    return {name: value for name, value in body.items() if name not in dropped}


def save(sandbox: StandIn, **changes: object) -> requests.Response:
    """Ask for a source."""
    return sandbox.post(SOURCES, json=source_body(sandbox, **changes), headers=PRIVATE)


def ended(receiver: Receiver, reference: str) -> dict[str, object]:
    """The transaction of the first event of a reference."""
    transaction: dict[str, object] = receiver.events_of(reference)[0].json["data"]["transaction"]
    return transaction


def nequi_token(sandbox: StandIn, receiver: Receiver, phone: str = "3991111111") -> str:
    """A token of a Nequi account whose owner has answered."""
    made = sandbox.post("/wompi/v1/tokens/nequi", json={"phone_number": phone}, headers=PUBLIC)
    assert made.json()["data"]["status"] == "PENDING"
    token = str(made.json()["data"]["id"])
    receiver.events_of(token)
    return token


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        (GOOD, "VISA"),
        (BROKEN, "MASTERCARD"),
        ("2303779951000446", "MASTERCARD"),
        ("371449635398431", "AMEX"),
        ("30569309025904", "DINERS"),
        ("6011111111111117", "OTHER"),
    ],
)
def test_the_brand_is_read_from_the_number(number: str, brand: str) -> None:
    assert brand_of(number) == brand


def test_a_token_shows_the_brand_and_the_last_four_and_nothing_more(sandbox: StandIn) -> None:
    answer = sandbox.post("/wompi/v1/tokens/cards", json=CARD, headers=PUBLIC)

    said, data = answer.json(), answer.json()["data"]
    assert (answer.status_code, said["status"]) == (201, "CREATED")
    assert data["id"].startswith("tok_test_")
    shown = (data["brand"], data["name"], data["last_four"], data["bin"])
    assert shown == ("VISA", "VISA-4242", "4242", "424242")
    assert data["expires_at"].endswith("Z")
    assert GOOD not in answer.text
    assert "cvc" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "4242424242424241"}, "number"),
        ({"number": "4242 4242 4242 4242"}, "number"),
        ({"number": None}, "number"),
        ({"cvc": "12"}, "cvc"),
        ({"exp_month": "13"}, "exp_month"),
        ({"exp_month": 8}, "exp_month"),
        ({"exp_year": "20"}, "exp_year"),
        ({"card_holder": ""}, "card_holder"),
    ],
)
def test_a_card_that_cannot_be_is_refused(
    sandbox: StandIn, change: dict[str, object], field: str
) -> None:
    answer = sandbox.post("/wompi/v1/tokens/cards", json=CARD | change, headers=PUBLIC)

    assert set(messages_of(answer)) == {field}
    assert sandbox.post("/wompi/v1/tokens/cards", json=CARD).status_code == 401


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(GOOD, "APPROVED", "00"), (DECLINED, "DECLINED", "05"), (BROKEN, "ERROR", "96")],
)
def test_a_card_pays_once_with_its_token_and_ends_as_the_test_data_says(
    sandbox: StandIn, receiver: Receiver, reference: str, number: str, status: str, code: str
) -> None:
    method = {"type": "CARD", "token": card_token(sandbox, number), "installments": 2}

    made = create(sandbox, order(sandbox, reference, payment_method=method)).json()["data"]
    assert made["status"] == "PENDING"
    assert ended(receiver, reference)["status"] == status
    paid = sandbox.transactions(reference)[0]
    assert paid["payment_method"]["extra"]["last_four"] == number[-4:]  # type: ignore[index]
    assert paid["payment_method"]["extra"]["processor_response_code"] == code  # type: ignore[index]

    again = create(sandbox, order(sandbox, f"{reference}-2", payment_method=method))
    used = ["El token de la tarjeta no existe o ya fue usado"]
    assert messages_of(again) == {"payment_method.token": used}


@pytest.mark.parametrize("installments", [0, "2", 37, True])
def test_installments_are_a_small_whole_number(
    sandbox: StandIn, reference: str, installments: object
) -> None:
    method = {"type": "CARD", "token": card_token(sandbox), "installments": installments}

    answer = create(sandbox, order(sandbox, reference, payment_method=method))

    assert set(messages_of(answer)) == {"payment_method.installments"}


def test_a_saved_card_is_charged_again_and_again_without_acceptance(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    made = save(sandbox)
    source = made.json()["data"]
    assert (made.status_code, source["status"], source["type"]) == (201, "AVAILABLE", "CARD")
    assert isinstance(source["id"], int)
    assert source["public_data"]["last_four"] == "4242"

    for number in ("1", "2"):
        body = charge(
            sandbox,
            f"{reference}-{number}",
            source["id"],
            payment_method={"installments": 1},
            recurrent=number == "1",
        )
        assert create(sandbox, body).status_code == 201
        paid = ended(receiver, f"{reference}-{number}")
        assert (paid["status"], paid["payment_source_id"]) == ("APPROVED", source["id"])
        assert paid["payment_method_type"] == "CARD"


def test_a_saved_source_is_charged_with_the_private_key_only(
    sandbox: StandIn, reference: str
) -> None:
    body = charge(sandbox, reference, saved_card(sandbox))

    assert create(sandbox, body, PUBLIC).status_code == 401
    assert sandbox.transactions(reference) == []


def test_a_source_of_a_card_that_is_refused_is_saved_and_its_charges_are_declined(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    create(sandbox, charge(sandbox, reference, saved_card(sandbox, DECLINED)))

    assert ended(receiver, reference)["status"] == "DECLINED"


def test_a_nequi_account_is_saved_once_its_owner_agreed(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    token = nequi_token(sandbox, receiver)
    read = sandbox.get(f"/wompi/v1/tokens/nequi/{token}", headers=PUBLIC).json()["data"]
    assert read["status"] == "APPROVED"
    event = receiver.events_of(token)[0].json
    assert (event["event"], event["data"]["nequi_token"]["status"]) == (
        "nequi_token.updated",
        "APPROVED",
    )

    source = save(sandbox, type="NEQUI", token=token).json()["data"]
    with_installments = {"payment_method": {"installments": 1}}
    refused = create(sandbox, charge(sandbox, reference, source["id"], **with_installments))
    create(sandbox, charge(sandbox, reference, source["id"]))

    assert source["public_data"]["phone_number"] == "3991111111"
    assert set(messages_of(refused)) == {"payment_method.installments"}
    assert ended(receiver, reference)["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("phone", "status"), [("3992222222", "DECLINED"), ("3001112233", "PENDING")]
)
def test_a_nequi_account_without_a_yes_is_not_saved(
    sandbox: StandIn, receiver: Receiver, phone: str, status: str
) -> None:
    made = sandbox.post("/wompi/v1/tokens/nequi", json={"phone_number": phone}, headers=PUBLIC)
    token = made.json()["data"]["id"]
    if status == "DECLINED":
        receiver.events_of(token)

    read = sandbox.get(f"/wompi/v1/tokens/nequi/{token}", headers=PUBLIC).json()["data"]

    assert read["status"] == status
    assert set(messages_of(save(sandbox, type="NEQUI", token=token))) == {"token"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "DAVIPLATA"}, "type"),
        ({"type": None}, "type"),
        ({"token": "tok_test_nobody"}, "token"),
        ({"type": "NEQUI"}, "token"),
        ({"customer_email": ""}, "customer_email"),
        ({"acceptance_token": None}, "acceptance_token"),
        ({"accept_personal_auth": None}, "accept_personal_auth"),
    ],
)
def test_a_source_with_a_wrong_field_is_not_saved(
    sandbox: StandIn, change: dict[str, object], field: str
) -> None:
    assert set(messages_of(save(sandbox, **change))) == {field}


def test_a_token_makes_one_source_and_the_acceptance_tokens_are_spent(sandbox: StandIn) -> None:
    body = source_body(sandbox)
    assert sandbox.post(SOURCES, json=body, headers=PUBLIC).status_code == 401
    assert sandbox.post(SOURCES, json=body, headers=PRIVATE).status_code == 201

    same_acceptance = sandbox.post(SOURCES, json=body, headers=PRIVATE)
    same_token = save(sandbox, token=body["token"])

    assert set(messages_of(same_acceptance)) == {"acceptance_token", "accept_personal_auth"}
    assert set(messages_of(same_token)) == {"token"}


def test_a_source_that_was_cancelled_is_not_charged(sandbox: StandIn, reference: str) -> None:
    source = saved_card(sandbox)
    path = f"{SOURCES}/{source}"

    voided = sandbox.put(f"{path}/void", headers=PRIVATE)
    answer = create(sandbox, charge(sandbox, reference, source))

    assert voided.json()["data"]["status"] == "VOIDED"
    assert sandbox.get(path, headers=PRIVATE).json()["data"]["status"] == "VOIDED"
    assert messages_of(answer) == {"payment_source_id": ["La fuente de pago no está disponible"]}
    assert sandbox.transactions(reference) == []


def test_sources_are_read_and_cancelled_with_the_private_key_only(sandbox: StandIn) -> None:
    path = f"{SOURCES}/{saved_card(sandbox)}"

    assert sandbox.get(path, headers=PUBLIC).status_code == 401
    assert sandbox.put(f"{path}/void", headers=PUBLIC).status_code == 401
    assert sandbox.get(path, headers=PRIVATE).json()["data"]["status"] == "AVAILABLE"
    assert sandbox.get(f"{SOURCES}/1", headers=PRIVATE).status_code == 404


def test_cards_and_their_tokens_run_out_by_the_sandboxs_clock(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    next_year = f"{datetime.now(UTC).year % 100 + 1}"
    source, token = saved_card(own_sandbox, exp_year=next_year), card_token(own_sandbox)
    own_sandbox.control("clock", offset_seconds=730 * 86_400)

    method = {"type": "CARD", "token": token}
    late = create(own_sandbox, order(own_sandbox, reference, payment_method=method))
    create(own_sandbox, charge(own_sandbox, reference, source))

    assert set(messages_of(late)) == {"payment_method.token"}
    assert ended(receiver, reference)["status"] == "DECLINED"
    assert own_sandbox.transactions(reference)[0]["status_message"] == "Tarjeta vencida"
