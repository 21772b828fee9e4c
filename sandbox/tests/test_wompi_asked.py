"""Payments that ask the payer for something more: Daviplata's code, 3-D Secure, a transfer."""

import html
import re

import pytest

from sandbox.tests.orders import order
from sandbox.tests.process import PRIVATE, StandIn
from sandbox.tests.receiver import Receiver
from sandbox.tests.saved import DECLINED, GOOD, card_token
from sandbox.tests.test_wompi_api import CUSTOMER, create, messages_of

DAVIPLATA = {
    "type": "DAVIPLATA",
    "user_legal_id": "1099888777",
    "user_legal_id_type": "CC",
    "payment_description": "Cita",
}
BROWSER = {
    "browser_color_depth": "24",
    "browser_screen_height": "1080",
    "browser_screen_width": "1920",
    "browser_language": "es-CO",
    "browser_user_agent": "Mozilla/5.0",
    "browser_tz": "300",
}


def extra_of(sandbox: StandIn, transaction_id: str) -> dict[str, object]:
    """`payment_method.extra`, which is filled a moment after the transaction was made."""
    for _ in range(200):
        read = sandbox.get(f"/wompi/v1/transactions/{transaction_id}", headers=PRIVATE).json()
        if "extra" in read["data"]["payment_method"]:
            extra: dict[str, object] = read["data"]["payment_method"]["extra"]
            return extra
    pytest.fail("no extra")


def ended(receiver: Receiver, reference: str) -> str:
    """The status of the first event."""
    return str(receiver.events_of(reference)[0].json["data"]["transaction"]["status"])


@pytest.mark.parametrize(
    ("code", "status"),
    [("574829", "APPROVED"), ("932015", "DECLINED"), ("186743", "DECLINED"), ("999999", "ERROR")],
)
def test_daviplata_ends_as_its_code_says(
    sandbox: StandIn, receiver: Receiver, reference: str, code: str, status: str
) -> None:
    made = create(sandbox, order(sandbox, reference, payment_method=DAVIPLATA)).json()["data"]
    services = extra_of(sandbox, made["id"])["url_services"]
    assert isinstance(services, dict)
    key = {"Authorization": f"Bearer {services['token']}"}
    send, validate = (
        services[name].removeprefix(sandbox.url) for name in ("code_otp_send", "code_otp_validate")
    )

    assert sandbox.post(send, headers=PRIVATE).status_code == 401
    assert sandbox.post(send, headers=key).json()["data"]["status"] == "SENT"
    wrong = sandbox.post(validate, json={"code": "000000"}, headers=key)
    assert messages_of(wrong) == {"code": ["El código es inválido"]}
    assert sandbox.transactions(reference)[0]["status"] == "PENDING"
    answer = sandbox.post(validate, json={"code": code}, headers=key)

    assert answer.json()["data"]["status"] == status
    assert ended(receiver, reference) == status
    assert sandbox.post(validate, json={"code": code}, headers=key).status_code == 404


def test_daviplata_asks_for_the_code_on_a_page_too(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    made = create(sandbox, order(sandbox, reference, payment_method=DAVIPLATA)).json()["data"]
    page = str(extra_of(sandbox, made["id"])["url"]).removeprefix(sandbox.url)

    assert "Código que llegó" in sandbox.get(page).text
    assert sandbox.post(page, data={"code": "1"}).status_code == 422
    assert sandbox.post(page, data={"code": "574829"}).status_code == 200

    assert ended(receiver, reference) == "APPROVED"
    assert sandbox.get(page).status_code == 404


def test_daviplata_wants_to_know_whose_account_it_is(sandbox: StandIn, reference: str) -> None:
    answer = create(sandbox, order(sandbox, reference, payment_method={"type": "DAVIPLATA"}))

    fields = ("payment_description", "user_legal_id", "user_legal_id_type")
    assert set(messages_of(answer)) == {f"payment_method.{field}" for field in fields}


def secure(sandbox: StandIn, reference: str, number: str = GOOD, **changes: object) -> object:
    """An order paid by card with 3-D Secure."""
    return order(
        sandbox,
        reference,
        payment_method={"type": "CARD", "token": card_token(sandbox, number), "installments": 1},
        is_three_ds=True,
        customer_data=CUSTOMER | {"browser_info": BROWSER},
        **changes,
    )


@pytest.mark.parametrize(
    ("kind", "step", "status"),
    [
        ("no_challenge_success", ("AUTHENTICATION", "COMPLETED"), "APPROVED"),
        ("challenge_denied", ("CHALLENGE", "NON_AUTHENTICATED"), "DECLINED"),
        ("supported_version_error", ("SUPPORTED_VERSION", "ERROR"), "ERROR"),
        ("authentication_error", ("AUTHENTICATION", "ERROR"), "ERROR"),
    ],
)
def test_three_ds_ends_as_it_was_asked_to(
    sandbox: StandIn,
    receiver: Receiver,
    reference: str,
    kind: str,
    step: tuple[str, str],
    status: str,
) -> None:
    made = create(sandbox, secure(sandbox, reference, three_ds_auth_type=kind)).json()["data"]

    assert ended(receiver, reference) == status
    auth = extra_of(sandbox, made["id"])["three_ds_auth"]
    assert auth == {"current_step": step[0], "current_step_status": step[1]}


@pytest.mark.parametrize(
    ("number", "choice", "answered", "status"),
    [
        (GOOD, "APPROVED", "COMPLETED", "APPROVED"),
        (GOOD, "DECLINED", "NON_AUTHENTICATED", "DECLINED"),
        (DECLINED, "APPROVED", "COMPLETED", "DECLINED"),
    ],
)
def test_a_challenge_waits_for_the_cards_holder_and_then_for_the_card(
    sandbox: StandIn,
    receiver: Receiver,
    reference: str,
    number: str,
    choice: str,
    answered: str,
    status: str,
) -> None:
    body = secure(sandbox, reference, number, three_ds_auth_type="challenge_v2")
    made = create(sandbox, body).json()["data"]
    auth = extra_of(sandbox, made["id"])["three_ds_auth"]
    assert isinstance(auth, dict)
    assert (auth["current_step"], auth["current_step_status"]) == ("CHALLENGE", "PENDING")
    assert sandbox.transactions(reference)[0]["status"] == "PENDING"
    frame = html.unescape(str(auth["three_ds_method_data"]))
    page = re.search(r'src="([^"]+)"', frame)
    assert page is not None

    path = page[1].removeprefix(sandbox.url)
    assert sandbox.get(path).status_code == 200
    assert sandbox.post(path, data={"outcome": choice}).status_code == 200

    assert ended(receiver, reference) == status
    auth = extra_of(sandbox, made["id"])["three_ds_auth"]
    assert isinstance(auth, dict)
    assert auth["current_step_status"] == answered


def test_three_ds_wants_to_know_the_browser(sandbox: StandIn, reference: str) -> None:
    body = secure(sandbox, reference, three_ds_auth_type="perhaps")
    assert isinstance(body, dict)

    answer = create(sandbox, body | {"customer_data": {"browser_info": {"browser_tz": 300}}})

    wrong = messages_of(answer)
    assert wrong["customer_data.browser_info.browser_tz"] == ["Formato inválido"]
    assert wrong["customer_data.browser_info.browser_language"] == ["Debe ser completado"]
    assert {"three_ds_auth_type", "customer_data.full_name"} <= set(wrong)
    assert sandbox.transactions(reference) == []


@pytest.mark.parametrize("field", ["recurrent", "is_three_ds"])
def test_a_yes_or_no_is_neither_text_nor_number(
    sandbox: StandIn, reference: str, field: str
) -> None:
    answer = create(sandbox, order(sandbox, reference, **{field: "true"}))

    assert set(messages_of(answer)) >= {field}
