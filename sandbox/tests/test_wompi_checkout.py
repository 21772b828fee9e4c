"""`/wompi/p/`: the page a payer sees."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from sandbox.tests.orders import AMOUNT, checkout_path, checkout_query, nequi, order
from sandbox.tests.process import PRIVATE, StandIn
from sandbox.tests.receiver import Receiver


def press(sandbox: StandIn, reference: str, outcome: str) -> requests.Response:
    """Press a button of the page."""
    form = {"reference": reference, "method": "PSE", "outcome": outcome}
    return sandbox.post("/wompi/p/", data=form)


def test_a_person_pays_and_returns_to_the_shop_with_the_transactions_id(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    page = sandbox.get(checkout_path(reference))
    assert page.status_code == 200
    assert "$ 95.000 COP" in page.text

    answer = press(sandbox, reference, "APPROVED")

    paid = sandbox.transactions(reference)[0]
    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://app.example.com/pago/fin?tab=1&id={paid['id']}"
    assert (paid["status"], paid["amount_in_cents"]) == ("APPROVED", AMOUNT)
    event = receiver.events_of(reference)[0].json["data"]["transaction"]
    assert (event["id"], event["payment_method_type"]) == (paid["id"], "PSE")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"public-key": "pub_test_other"}, "public-key"),
        ({"currency": "USD"}, "currency"),
        ({"amount-in-cents": "1"}, "amount-in-cents"),
        ({"amount-in-cents": "9500001"}, "signature:integrity"),
        ({"signature:integrity": ""}, "signature:integrity"),
        ({"reference": "a b"}, "reference"),
        ({"redirect-url": "javascript:alert(1)"}, "redirect-url"),
        ({"expiration-time": "2999-01-01T00:00:00.000Z"}, "signature:integrity"),
        ({"customer-data:phone-number": "3001112233"}, "customer-data:phone-number"),
    ],
)
def test_a_page_that_the_gateway_would_not_open_is_not_opened(
    sandbox: StandIn, reference: str, change: dict[str, str], problem: str
) -> None:
    page = sandbox.get("/wompi/p/", params=checkout_query(reference) | change)

    assert page.status_code == 422
    assert f"<li>{problem}: " in page.text
    assert press(sandbox, reference, "APPROVED").status_code == 404
    assert sandbox.transactions(reference) == []


def test_an_expired_page_does_not_open(sandbox: StandIn, reference: str) -> None:
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    page = sandbox.get(checkout_path(reference, expiration=past))

    assert page.status_code == 422
    assert "La transacción ha expirado" in page.text


def test_a_declined_payer_tries_again_with_the_same_reference(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    sandbox.get(checkout_path(reference))

    refused = press(sandbox, reference, "DECLINED")
    press(sandbox, reference, "APPROVED")

    assert "Intenta con otro medio" in refused.text
    approved, declined = sandbox.transactions(reference)
    assert (declined["status"], approved["status"]) == ("DECLINED", "APPROVED")
    assert declined["id"] != approved["id"]
    assert len(receiver.events_of(reference, count=2)) == 2


def test_a_paid_reference_cannot_be_paid_again(sandbox: StandIn, reference: str) -> None:
    sandbox.get(checkout_path(reference))
    press(sandbox, reference, "APPROVED")

    opened = sandbox.get(checkout_path(reference))
    pressed = press(sandbox, reference, "APPROVED")

    assert (opened.status_code, pressed.status_code) == (409, 409)
    assert "Esta referencia ya fue pagada" in pressed.text
    assert len(sandbox.transactions(reference)) == 1


def test_a_payment_under_way_keeps_a_second_one_out(sandbox: StandIn, reference: str) -> None:
    sandbox.get(checkout_path(reference))
    sandbox.control("wompi/pay", reference=reference, outcome="PENDING")

    pressed = press(sandbox, reference, "APPROVED")

    assert pressed.status_code == 409
    assert [row["status"] for row in sandbox.transactions(reference)] == ["PENDING"]


def test_a_reference_used_through_the_api_has_no_second_try(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    body = order(sandbox, reference, payment_method=nequi("3992222222"))
    sandbox.post("/wompi/v1/transactions", json=body, headers=PRIVATE)
    receiver.events_of(reference)

    page = sandbox.get(checkout_path(reference))

    assert page.status_code == 409
    assert "La referencia ya ha sido usada" in page.text


def test_what_the_shop_sends_is_shown_as_text(sandbox: StandIn, reference: str) -> None:
    page = sandbox.get("/wompi/p/", params=checkout_query(reference, currency="<b>COP</b>"))

    assert "<b>COP</b>" not in page.text


def test_the_documents_to_accept_can_be_read(sandbox: StandIn) -> None:
    answer = sandbox.get(
        "/wompi/v1/merchants/info", headers={"x-merchant-public-key": "pub_test_studiozens"}
    )
    permalink = answer.json()["data"]["presigned_acceptance"]["permalink"]

    assert permalink.startswith(sandbox.url)
    assert sandbox.get(permalink.removeprefix(sandbox.url)).status_code == 200
