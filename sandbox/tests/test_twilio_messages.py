"""`/twilio/2010-04-01/…/Messages`: SMS."""

from urllib.parse import parse_qsl

import pytest
import requests

from sandbox.tests.process import ACCOUNT, BASIC, StandIn
from sandbox.tests.receiver import Receiver
from sandbox.twilio.auth import signature

PATH = f"/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages"


def send(
    sandbox: StandIn, phone: str, auth: tuple[str, str] = BASIC, **changes: str
) -> requests.Response:
    """Ask for an SMS."""
    form = {"To": phone, "From": "+15005550006", "Body": "Tu cita quedó confirmada"} | changes
    return sandbox.post(f"{PATH}.json", data=form, auth=auth)


def test_an_sms_is_queued_and_reaches_the_phone(sandbox: StandIn, phone: str) -> None:
    answer = send(sandbox, phone)

    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["to"]) == ("queued", phone)
    held = sandbox.messages(phone, channel="sms")
    assert [message["text"] for message in held] == ["Tu cita quedó confirmada"]
    assert sandbox.messages(phone, channel="whatsapp") == []


def test_a_message_is_read_by_its_sid_and_listed_by_its_phone(sandbox: StandIn, phone: str) -> None:
    first, second = (send(sandbox, phone).json()["sid"] for _ in range(2))

    one = sandbox.get(f"{PATH}/{first}.json", auth=BASIC).json()
    many = sandbox.get(f"{PATH}.json", params={"To": phone}, auth=BASIC).json()

    assert (one["sid"], one["status"]) == (first, "delivered")
    assert [message["sid"] for message in many["messages"]] == [second, first]
    assert many["next_page_uri"] is None


def test_an_unknown_sid_is_not_found(sandbox: StandIn) -> None:
    answer = sandbox.get(f"{PATH}/SM{'0' * 32}.json", auth=BASIC)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_the_status_callback_is_signed_and_ends_in_delivered(
    sandbox: StandIn, receiver: Receiver, phone: str
) -> None:
    url = f"{receiver.url}/api/v1/webhooks/twilio/status?notification=7"

    sid = send(sandbox, phone, StatusCallback=url).json()["sid"]

    received = receiver.wait_for(lambda request: sid.encode() in request.body, count=2)
    forms = [dict(parse_qsl(request.body.decode())) for request in received]
    assert [form["MessageStatus"] for form in forms] == ["sent", "delivered"]
    assert {form["To"] for form in forms} == {phone}
    for request, form in zip(received, forms, strict=True):
        signed = signature(url=url, parameters=form, auth_token="sandbox-twilio-token")
        assert request.headers["X-Twilio-Signature"] == signed


def test_an_sms_that_fails_later_says_why(sandbox: StandIn, receiver: Receiver, phone: str) -> None:
    lost = phone[:-4] + "9998"

    sid = send(sandbox, lost, StatusCallback=f"{receiver.url}/status").json()["sid"]

    received = receiver.wait_for(lambda request: sid.encode() in request.body, count=2)
    last = dict(parse_qsl(received[-1].body.decode()))
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    read = sandbox.get(f"{PATH}/{sid}.json", auth=BASIC).json()
    assert (read["status"], read["error_code"]) == ("undelivered", 30003)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "3001112233"}, 21211),
        ({"To": "+57300111223"}, 21211),
        ({"To": "+576011234567"}, 21614),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550004"}, 21610),
        ({"To": "whatsapp:+573001112233"}, 63007),
        ({"From": ""}, 21603),
        ({"From": "+15005559999"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "not a url"}, 21609),
        ({"MessagingServiceSid": "MG1"}, 21701),
        ({"ContentSid": "HX1"}, 21655),
        ({"ContentVariables": "{}"}, 21654),
    ],
)
def test_a_wrong_sms_is_refused_and_reaches_nobody(
    sandbox: StandIn, phone: str, change: dict[str, str], code: int
) -> None:
    answer = send(sandbox, phone, BASIC, **change)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["more_info"].endswith(str(code))
    assert sandbox.messages(change.get("To") or phone) == []


@pytest.mark.parametrize("auth", [(ACCOUNT, "wrong"), ("AC1", "sandbox-twilio-token")])
def test_a_caller_that_is_not_the_account_sends_nothing(
    sandbox: StandIn, phone: str, auth: tuple[str, str]
) -> None:
    answer = send(sandbox, phone, auth)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert sandbox.messages(phone) == []


def test_another_account_is_not_found(sandbox: StandIn) -> None:
    path = "/twilio/2010-04-01/Accounts/AC99999999999999999999999999999999/Messages.json"

    answer = sandbox.get(path, auth=BASIC)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
