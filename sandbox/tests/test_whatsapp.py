"""`/graph/…/messages`: what Meta accepts, refuses and tells afterwards."""

import hashlib
import hmac

import pytest
import requests

from sandbox.tests.process import GRAPH, StandIn, running
from sandbox.tests.receiver import Receiver

PATH = "/graph/v25.0/106540352242922/messages"


def template(
    *texts: str, name: str = "booking_confirmed", language: str = "es"
) -> dict[str, object]:
    """A template message's content."""
    parameters = [{"type": "text", "text": text} for text in texts]
    return {
        "name": name,
        "language": {"code": language},
        "components": [{"type": "body", "parameters": parameters}],
    }


CONFIRMED = template("Ana", "Masaje", "1 de diciembre, 10:00 a. m.", "Chapinero")


def body(phone: str, **changes: object) -> dict[str, object]:
    """A template send that works."""
    return {
        "messaging_product": "whatsapp",
        "to": phone.removeprefix("+"),
        "type": "template",
        "template": CONFIRMED,
        "biz_opaque_callback_data": "aviso-42",
    } | changes


def send(sandbox: StandIn, content: object, headers: dict[str, str] = GRAPH) -> requests.Response:
    """Ask for a message."""
    return sandbox.post(PATH, json=content, headers=headers)


def code_of(answer: requests.Response) -> int:
    """Meta's error code."""
    assert answer.status_code >= 400, answer.text
    error = answer.json()["error"]
    assert error["error_data"]["messaging_product"] == "whatsapp"
    return int(error["code"])


def statuses_of(receiver: Receiver, message_id: str, *, count: int) -> list[dict[str, object]]:
    """The statuses told of one message, in the order they came."""
    received = receiver.wait_for(lambda request: message_id.encode() in request.body, count=count)
    return [request.json["entry"][0]["changes"][0]["value"]["statuses"][0] for request in received]


def test_a_template_reaches_the_phone_as_text(sandbox: StandIn, phone: str) -> None:
    answer = send(sandbox, body(phone)).json()

    held = sandbox.messages(phone)
    assert answer["contacts"] == [{"input": phone[1:], "wa_id": phone[1:]}]
    assert answer["messages"][0]["message_status"] == "accepted"
    assert len(held) == 1
    assert held[0]["id"] == answer["messages"][0]["id"]
    assert held[0]["text"] == (
        "Hola Ana, tu cita de Masaje quedó confirmada para el 1 de diciembre, 10:00 a. m. en"
        " Chapinero. Te esperamos. Si necesitas cambiarla, hazlo desde tu cuenta."
    )
    assert held[0]["template"] == "booking_confirmed"
    assert held[0]["channel"] == "whatsapp"


@pytest.mark.parametrize(
    ("name", "count"), [("hold_expired", 3), ("payment_declined", 3), ("payment_credited", 3)]
)
def test_the_catalogue_holds_what_the_product_says(
    sandbox: StandIn, phone: str, name: str, count: int
) -> None:
    answer = send(sandbox, body(phone, template=template(*["x"] * count, name=name)))

    assert answer.status_code == 200
    assert "{{" not in str(sandbox.messages(phone)[0]["text"])


def test_sent_and_delivered_are_told_in_order_with_the_senders_own_string(
    sandbox: StandIn, receiver: Receiver, phone: str
) -> None:
    sent = send(sandbox, body(phone)).json()["messages"][0]["id"]

    told = statuses_of(receiver, sent, count=2)

    assert [status["status"] for status in told] == ["sent", "delivered"]
    assert {status["biz_opaque_callback_data"] for status in told} == {"aviso-42"}
    assert {status["recipient_id"] for status in told} == {phone[1:]}


def test_a_webhook_is_signed_over_its_raw_bytes(
    sandbox: StandIn, receiver: Receiver, phone: str
) -> None:
    sandbox.control("messages/inbound", **{"from": phone, "text": "¿Puedo cambiar la cita?"})

    received = receiver.wait_for(lambda request: phone[1:].encode() in request.body)[0]
    digest = hmac.new(b"sandbox-app-secret", received.body, hashlib.sha256).hexdigest()
    assert received.path == "/api/v1/webhooks/whatsapp"
    assert received.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    value = received.json["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == "106540352242922"
    assert value["messages"][0]["text"] == {"body": "¿Puedo cambiar la cita?"}
    assert value["messages"][0]["from"] == phone[1:]
    assert value["contacts"][0]["wa_id"] == phone[1:]


def test_free_text_needs_that_the_person_wrote_within_a_day(sandbox: StandIn, phone: str) -> None:
    text = {"type": "text", "text": {"body": "Claro que sí"}}
    content = {"messaging_product": "whatsapp", "to": phone, **text}

    early = send(sandbox, content)
    sandbox.control("messages/inbound", **{"from": phone, "text": "Hola"})
    late = send(sandbox, content)

    assert code_of(early) == 131047
    assert late.status_code == 200
    assert "message_status" not in late.json()["messages"][0]
    assert [message["text"] for message in sandbox.messages(phone)] == ["Claro que sí"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, 0), ({"Authorization": "Bearer old"}, 190), ({"Authorization": "Basic x"}, 0)],
)
def test_a_caller_without_the_token_sends_nothing(
    sandbox: StandIn, phone: str, headers: dict[str, str], code: int
) -> None:
    answer = send(sandbox, body(phone), headers)

    assert (answer.status_code, code_of(answer)) == (401, code)
    assert sandbox.messages(phone) == []


@pytest.mark.parametrize(
    "path", ["/graph/v25.0/1/messages", "/graph/latest/106540352242922/messages"]
)
def test_another_number_or_no_version_sends_nothing(
    sandbox: StandIn, phone: str, path: str
) -> None:
    assert code_of(sandbox.post(path, json=body(phone), headers=GRAPH)) == 100
    assert sandbox.messages(phone) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"messaging_product": None}, 100),
        ({"messaging_product": "sms"}, 100),
        ({"recipient_type": "group"}, 100),
        ({"to": None}, 100),
        ({"to": "ana"}, 131009),
        ({"to": "12"}, 131009),
        ({"type": "telegram"}, 100),
        ({"type": "image"}, 131051),
        ({"tipo": "x"}, 100),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
        ({"template": None}, 131008),
        ({"template": {"name": "booking_confirmed"}}, 131008),
        ({"template": CONFIRMED | {"namespace": "x"}}, 100),
        ({"template": template("Ana", name="no_such")}, 132001),
        ({"template": template("a", "b", "c", "d", language="es_MX")}, 132001),
        ({"template": template("a", "b", "c")}, 132000),
        ({"template": template("a", "b", "c", "d", "e")}, 132000),
        ({"template": template("a", "b", "c", "")}, 131008),
        ({"template": template("a", "b", "c", "dos\nlíneas")}, 100),
        (
            {"template": CONFIRMED | {"components": [{"type": "header", "parameters": []}]}},
            132012,
        ),
        (
            {
                "template": CONFIRMED
                | {"components": [{"type": "body", "parameters": [{"type": "currency"}]}]}
            },
            132012,
        ),
        ({"type": "text", "template": None}, 131008),
        ({"type": "text", "text": {"body": "x" * 4097}}, 100),
    ],
)
def test_a_wrong_message_is_refused_and_reaches_nobody(
    sandbox: StandIn, phone: str, change: dict[str, object], code: int
) -> None:
    assert code_of(send(sandbox, body(phone) | change)) == code
    assert sandbox.messages(phone) == []


def test_a_body_that_is_no_json_is_refused(sandbox: StandIn) -> None:
    assert code_of(sandbox.post(PATH, data="to=1", headers=GRAPH)) == 100


def test_a_phone_that_is_not_on_whatsapp_is_told_at_once(sandbox: StandIn, phone: str) -> None:
    unreachable = phone[:-4] + "0000"

    assert code_of(send(sandbox, body(unreachable))) == 131026
    assert sandbox.messages(unreachable) == []


def test_a_message_that_fails_later_is_told_by_a_status(
    sandbox: StandIn, receiver: Receiver, phone: str
) -> None:
    sent = send(sandbox, body(phone[:-4] + "9999")).json()["messages"][0]["id"]

    told = statuses_of(receiver, sent, count=2)

    assert [status["status"] for status in told] == ["sent", "failed"]
    assert told[1]["errors"][0]["code"] == 131026  # type: ignore[index]


def test_status_webhooks_can_be_switched_off(own_receiver: Receiver, phone: str) -> None:
    with running(PUBLIC_BASE_URL=own_receiver.url, SANDBOX_STATUS_WEBHOOKS="off") as sandbox:
        send(sandbox, body(phone))
        inbound = sandbox.control("messages/inbound", **{"from": phone, "text": "Hola"})

        posted = sandbox.get("/_control/webhooks").json()["webhooks"]

    assert [webhook["subject"] for webhook in posted] == [inbound["id"]]
