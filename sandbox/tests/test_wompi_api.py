"""`/wompi/v1`: what the gateway accepts, what it refuses, and what it then shows."""

import base64
import json
import time

import pytest
import requests

from sandbox.config import read_settings
from sandbox.tests.orders import AMOUNT, acceptance, nequi, order, sign
from sandbox.tests.process import PRIVATE, PUBLIC, StandIn
from sandbox.tests.receiver import Receiver
from sandbox.wompi.acceptance import Kind, issue

PSE = {
    "type": "PSE",
    "user_type": 0,
    "user_legal_id_type": "CC",
    "user_legal_id": "1099888777",
    "financial_institution_code": "1",
    "payment_description": "Cita",
}
CUSTOMER = {"full_name": "Ana Ruiz", "phone_number": "573001112233"}


def create(sandbox: StandIn, body: object, key: dict[str, str] = PRIVATE) -> requests.Response:
    """Ask for a transaction."""
    return sandbox.post("/wompi/v1/transactions", json=body, headers=key)


def messages_of(answer: requests.Response) -> dict[str, list[str]]:
    """The sentences of a validation refusal."""
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["type"] == "INPUT_VALIDATION_ERROR"
    assert "reason" not in error
    sentences: dict[str, list[str]] = error["messages"]
    return sentences


def test_the_merchant_offers_two_acceptance_tokens_that_live_an_hour(sandbox: StandIn) -> None:
    tokens = acceptance(sandbox)

    claims = [
        json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        for token in tokens.values()
    ]
    assert [claim["type"] for claim in claims] == ["END_USER_POLICY", "PERSONAL_DATA_AUTH"]
    assert all("exp" in claim for claim in claims)


@pytest.mark.parametrize(
    ("key", "status"), [("", 401), ("pub_prod_studiozens", 401), ("pub_test_other", 404)]
)
def test_the_merchant_is_not_shown_to_another_key(sandbox: StandIn, key: str, status: int) -> None:
    answer = sandbox.get("/wompi/v1/merchants/info", headers={"x-merchant-public-key": key})

    assert answer.status_code == status


@pytest.mark.parametrize("key", [PUBLIC, PRIVATE])
def test_a_transaction_is_pending_first_with_either_key(
    sandbox: StandIn, reference: str, key: dict[str, str]
) -> None:
    answer = create(sandbox, order(sandbox, reference), key)

    assert answer.status_code == 201
    assert answer.json()["data"]["status"] == "PENDING"
    assert answer.json()["data"]["amount_in_cents"] == AMOUNT


@pytest.mark.parametrize(
    ("method", "status"),
    [
        (nequi("3991111111"), "APPROVED"),
        (nequi("3992222222"), "DECLINED"),
        (nequi("3001112233"), "ERROR"),
        (PSE, "APPROVED"),
        (PSE | {"financial_institution_code": "2"}, "DECLINED"),
        (PSE | {"financial_institution_code": "3"}, "ERROR"),
        (
            {"type": "BANCOLOMBIA_QR", "payment_description": "Cita", "sandbox_status": "DECLINED"},
            "DECLINED",
        ),
    ],
)
def test_the_test_data_decides_how_a_transaction_ends(
    sandbox: StandIn, receiver: Receiver, reference: str, method: object, status: str
) -> None:
    body = order(sandbox, reference, payment_method=method, customer_data=CUSTOMER)

    created = create(sandbox, body).json()["data"]
    event = receiver.events_of(reference)[0].json

    assert event["data"]["transaction"]["id"] == created["id"]
    assert event["data"]["transaction"]["status"] == status
    read = sandbox.get(f"/wompi/v1/transactions/{created['id']}", headers=PRIVATE).json()["data"]
    assert read["status"] == status
    assert read["finalized_at"] is not None


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"signature": None}, "signature", "Firma de integridad requerida no enviada"),
        ({"signature": "0" * 64}, "signature", "La firma es inválida"),
        ({"acceptance_token": None}, "acceptance_token", "Debe ser completado"),
        ({"accept_personal_auth": ""}, "accept_personal_auth", "Debe ser completado"),
        ({"amount_in_cents": None}, "amount_in_cents", "Debe ser completado"),
        ({"amount_in_cents": "9500000"}, "amount_in_cents", "Debe ser entero"),
        ({"amount_in_cents": 95000.0}, "amount_in_cents", "Debe ser entero"),
        ({"amount_in_cents": 0}, "amount_in_cents", "Debe estar entre 1 y 1000000000000"),
        ({"currency": "USD"}, "currency", "Moneda no soportada"),
        ({"customer_email": None}, "customer_email", "Debe ser completado"),
        ({"customer_email": "ana"}, "customer_email", "Formato inválido"),
        ({"reference": "con espacio"}, "reference", "Formato inválido"),
        ({"reference": "x" * 256}, "reference", "Formato inválido"),
        ({"expiration_time": "mañana"}, "expiration_time", "Formato inválido"),
        (
            {"expiration_time": "2020-01-01T00:00:00.000Z"},
            "expiration_time",
            "La transacción ha expirado",
        ),
        (
            {"payment_method": {"type": "NEQUI", "phone_number": "399"}},
            "payment_method.phone_number",
            "Formato inválido",
        ),
        (
            {"payment_method": {"type": "NEQUI"}},
            "payment_method.phone_number",
            "Debe ser completado",
        ),
        (
            {"payment_method": PSE},
            "customer_data.full_name",
            "Debe ser completado",
        ),
        (
            {"payment_method": {"type": "BANCOLOMBIA_TRANSFER", "payment_description": "d'or"}},
            "payment_method.payment_description",
            "Formato inválido",
        ),
        (
            {"payment_method": {"type": "CARD", "token": "tok_test_1", "installments": 1}},
            "payment_method.token",
            "El token de la tarjeta no existe o ya fue usado",
        ),
        (
            {"payment_method": {"type": "SU_PLUS"}},
            "payment_method.type",
            "No está habilitado para este comercio: SU_PLUS",
        ),
        ({"payment_source_id": 3891}, "payment_source_id", "La fuente de pago no existe"),
        ({"taxes": [{"type": "ICA"}]}, "taxes", "Formato inválido"),
        (
            {"shipping_address": {"city": "Bogotá"}},
            "shipping_address.address_line_1",
            "Debe ser completado",
        ),
    ],
)
def test_a_wrong_field_is_named_and_makes_no_transaction(
    sandbox: StandIn, reference: str, change: dict[str, object], field: str, sentence: str
) -> None:
    answer = create(sandbox, order(sandbox, reference) | change)

    assert messages_of(answer)[field] == [sentence]
    assert sandbox.transactions(reference) == []


def test_the_integrity_signature_in_upper_case_is_refused(sandbox: StandIn, reference: str) -> None:
    answer = create(sandbox, order(sandbox, reference, signature=sign(reference).upper()))

    assert messages_of(answer) == {"signature": ["La firma es inválida"]}
    assert sandbox.transactions(reference) == []


def test_a_signed_expiration_time_is_accepted_and_an_unsigned_one_is_not(
    sandbox: StandIn, reference: str
) -> None:
    expiration = "2999-12-01T15:30:00.000Z"
    signed = sign(reference, expiration=expiration)

    unsigned = create(sandbox, order(sandbox, reference, expiration_time=expiration))
    good = create(sandbox, order(sandbox, reference, expiration_time=expiration, signature=signed))

    assert messages_of(unsigned) == {"signature": ["La firma es inválida"]}
    assert good.status_code == 201


def test_neither_method_nor_source_is_unprocessable(sandbox: StandIn, reference: str) -> None:
    answer = create(sandbox, order(sandbox, reference, payment_method=None))

    assert answer.status_code == 422
    assert answer.json()["error"]["type"] == "UNPROCESSABLE"


def test_a_reference_is_used_once_even_when_it_was_declined(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    create(sandbox, order(sandbox, reference, payment_method=nequi("3992222222")))
    receiver.events_of(reference)

    answer = create(sandbox, order(sandbox, reference))

    assert messages_of(answer) == {"reference": ["La referencia ya ha sido usada"]}
    assert len(sandbox.transactions(reference)) == 1


def test_an_acceptance_token_serves_once(sandbox: StandIn, reference: str) -> None:
    body = order(sandbox, reference)
    assert create(sandbox, body).status_code == 201

    again = body | {"reference": f"{reference}-2", "signature": sign(f"{reference}-2")}
    answer = create(sandbox, again)

    assert messages_of(answer)["acceptance_token"] == ["El token de aceptación ya fue usado"]
    assert sandbox.transactions(f"{reference}-2") == []


def test_a_bad_signature_burns_the_acceptance_tokens(sandbox: StandIn, reference: str) -> None:
    body = order(sandbox, reference)
    create(sandbox, body | {"signature": "0" * 64})

    answer = create(sandbox, body)

    assert messages_of(answer)["acceptance_token"] == ["El token de aceptación ya fue usado"]
    assert sandbox.transactions(reference) == []


def test_a_wrong_key_does_not_burn_the_acceptance_tokens(sandbox: StandIn, reference: str) -> None:
    body = order(sandbox, reference)

    refused = create(sandbox, body, {"Authorization": "Bearer prv_prod_studiozens"})
    accepted = create(sandbox, body)

    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "INVALID_ACCESS_TOKEN"
    assert accepted.status_code == 201


def test_a_token_of_the_other_document_is_refused(sandbox: StandIn, reference: str) -> None:
    body = order(sandbox, reference)

    answer = create(sandbox, body | {"acceptance_token": body["accept_personal_auth"]})

    assert messages_of(answer) == {"acceptance_token": ["El token de aceptación es inválido"]}


def test_a_token_that_was_tampered_with_is_refused(sandbox: StandIn, reference: str) -> None:
    body = order(sandbox, reference)

    answer = create(sandbox, body | {"acceptance_token": f"x{body['acceptance_token']}"})

    assert messages_of(answer) == {"acceptance_token": ["El token de aceptación es inválido"]}


def test_a_token_that_is_older_than_an_hour_is_refused(sandbox: StandIn, reference: str) -> None:
    old = issue(read_settings({}).wompi, kind=Kind.POLICY, permalink="", now=time.time() - 3601)

    answer = create(sandbox, order(sandbox, reference) | {"acceptance_token": old})

    assert messages_of(answer) == {"acceptance_token": ["El token de aceptación ha expirado"]}


def test_the_body_is_checked_before_the_key(sandbox: StandIn) -> None:
    assert create(sandbox, {}, {"Authorization": "Bearer nobody"}).status_code == 422


@pytest.mark.parametrize(
    ("key", "by_id", "by_reference"),
    [
        ({}, 404, 401),
        (PUBLIC, 404, 401),
        ({"Authorization": "Bearer prv_test_other"}, 403, 403),
        (PRIVATE, 200, 200),
    ],
)
def test_transactions_are_read_with_the_private_key_only(
    sandbox: StandIn, reference: str, key: dict[str, str], by_id: int, by_reference: int
) -> None:
    made = create(sandbox, order(sandbox, reference)).json()["data"]["id"]

    one = sandbox.get(f"/wompi/v1/transactions/{made}", headers=key)
    many = sandbox.get(f"/wompi/v1/transactions?reference={reference}", headers=key)

    assert (one.status_code, many.status_code) == (by_id, by_reference)


def test_an_unknown_transaction_is_not_found(sandbox: StandIn) -> None:
    answer = sandbox.get("/wompi/v1/transactions/1-2-3", headers=PRIVATE)

    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "NOT_FOUND_ERROR"


def test_an_unknown_reference_is_an_empty_list(sandbox: StandIn, reference: str) -> None:
    answer = sandbox.get(f"/wompi/v1/transactions?reference={reference}", headers=PRIVATE)

    assert answer.json()["data"] == []


def test_a_search_filters_orders_and_pages(sandbox: StandIn, reference: str) -> None:
    first = sandbox.control(
        "wompi/pay", reference=reference, outcome="DECLINED", amount_in_cents=AMOUNT
    )["transaction_id"]
    second = sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT
    )["transaction_id"]

    def ids(**query: object) -> list[str]:
        answer = sandbox.get(
            "/wompi/v1/transactions", params={"reference": reference, **query}, headers=PRIVATE
        )
        return [row["id"] for row in answer.json()["data"]]

    assert ids() == [second, first]
    assert ids(order="ASC") == [first, second]
    assert ids(status="APPROVED") == [second]
    assert ids(id=first) == [first]
    assert ids(page_size=1, page=2) == [first]
    assert ids(from_date="2020-01-01", until_date="2999-01-01") == [second, first]
    assert ids(until_date="2020-01-01") == []
    assert ids(payment_method_type="PSE") == []


@pytest.mark.parametrize(
    "query", ["page_size=201", "page=0", "from_date=01-01-2026", "order=UP", "order_by=amount"]
)
def test_a_search_with_a_wrong_parameter_is_refused(sandbox: StandIn, query: str) -> None:
    answer = sandbox.get(f"/wompi/v1/transactions?{query}", headers=PRIVATE)

    assert set(messages_of(answer)) == {query.split("=")[0]}


def test_the_banks_of_pse_are_listed_for_a_merchant(sandbox: StandIn) -> None:
    path = "/wompi/v1/pse/financial_institutions"

    listed = sandbox.get(path, headers=PUBLIC).json()["data"]

    assert [bank["financial_institution_code"] for bank in listed] == ["1", "2", "3"]
    assert sandbox.get(path).status_code == 401


def test_a_bank_transfer_is_decided_on_the_page_it_names(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    method = {"type": "BANCOLOMBIA_TRANSFER", "payment_description": "Cita"}
    made = create(sandbox, order(sandbox, reference, payment_method=method)).json()["data"]
    assert "extra" not in made["payment_method"]

    sandbox.post(f"/wompi/p/async/{made['id']}", data={"outcome": "APPROVED"})

    event = receiver.events_of(reference)[0].json
    assert event["data"]["transaction"]["status"] == "APPROVED"
    again = sandbox.post(f"/wompi/p/async/{made['id']}", data={"outcome": "DECLINED"})
    assert again.status_code == 404
    assert sandbox.transactions(reference)[0]["status"] == "APPROVED"
