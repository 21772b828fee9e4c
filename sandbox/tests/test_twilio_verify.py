"""`/twilio/verify/v2/…`: one-time codes."""

import pytest
import requests

from sandbox.tests.process import BASIC, StandIn, running

SERVICE = "/twilio/verify/v2/Services/VA00000000000000000000000000000001"


def start(sandbox: StandIn, phone: str, channel: str = "sms", **more: str) -> requests.Response:
    """Ask for a code."""
    form = {"To": phone, "Channel": channel, **more}
    return sandbox.post(f"{SERVICE}/Verifications", data=form, auth=BASIC)


def check(sandbox: StandIn, phone: str, code: str) -> requests.Response:
    """Try a code."""
    form = {"To": phone, "Code": code}
    return sandbox.post(f"{SERVICE}/VerificationCheck", data=form, auth=BASIC)


def code_on(sandbox: StandIn, phone: str) -> str:
    """The code the person reads on the phone."""
    return str(sandbox.messages(phone)[0]["code"])


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_code_on_the_phone_approves_once(sandbox: StandIn, phone: str, channel: str) -> None:
    started = start(sandbox, phone, channel)
    assert (started.status_code, started.json()["status"]) == (201, "pending")
    message = sandbox.messages(phone, channel=channel)[0]
    code = str(message["code"])
    assert len(code) == 6
    assert code in str(message["text"])

    first = check(sandbox, phone, code)
    second = check(sandbox, phone, code)

    assert (first.status_code, first.json()["status"]) == (200, "approved")
    assert first.json()["sid"] == started.json()["sid"]
    assert (second.status_code, second.json()["code"]) == (404, 20404)


def test_a_wrong_code_is_pending_and_the_right_one_still_serves(
    sandbox: StandIn, phone: str
) -> None:
    start(sandbox, phone)
    code = code_on(sandbox, phone)

    refused = check(sandbox, phone, wrong(code))

    assert (refused.status_code, refused.json()["status"]) == (200, "pending")
    assert refused.json()["valid"] is False
    assert check(sandbox, phone, code).json()["status"] == "approved"


def test_after_five_wrong_codes_even_the_right_one_is_refused(sandbox: StandIn, phone: str) -> None:
    start(sandbox, phone)
    code = code_on(sandbox, phone)
    tried = [check(sandbox, phone, wrong(code)).json()["status"] for _ in range(5)]
    assert tried == ["pending"] * 4 + ["max_attempts_reached"]

    answer = check(sandbox, phone, code)

    assert (answer.status_code, answer.json()["code"]) == (429, 60202)


def test_a_code_is_sent_five_times_and_no_sixth(sandbox: StandIn, phone: str) -> None:
    sids = {start(sandbox, phone).json()["sid"] for _ in range(5)}

    sixth = start(sandbox, phone)

    assert (sixth.status_code, sixth.json()["code"]) == (429, 60203)
    assert len(sids) == 1
    messages = sandbox.messages(phone)
    assert len(messages) == 5
    assert len({message["code"] for message in messages}) == 1


def test_a_new_verification_after_approval_has_another_sid(sandbox: StandIn, phone: str) -> None:
    first = start(sandbox, phone).json()["sid"]
    check(sandbox, phone, code_on(sandbox, phone))

    assert start(sandbox, phone).json()["sid"] != first


def test_a_code_that_expired_is_gone(phone: str) -> None:
    with running(SANDBOX_VERIFY_SECONDS="0") as sandbox:
        start(sandbox, phone)

        answer = check(sandbox, phone, code_on(sandbox, phone))

        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_a_canceled_code_is_gone(sandbox: StandIn, phone: str) -> None:
    sid = start(sandbox, phone).json()["sid"]
    path = f"{SERVICE}/Verifications/{sid}"
    assert sandbox.get(path, auth=BASIC).json()["status"] == "pending"

    canceled = sandbox.post(path, data={"Status": "canceled"}, auth=BASIC)

    assert canceled.json()["status"] == "canceled"
    assert check(sandbox, phone, code_on(sandbox, phone)).status_code == 404
    assert sandbox.get(path, auth=BASIC).status_code == 404


def test_a_verification_is_checked_by_its_sid_too(sandbox: StandIn, phone: str) -> None:
    sid = start(sandbox, phone).json()["sid"]
    form = {"VerificationSid": sid, "Code": code_on(sandbox, phone)}

    answer = sandbox.post(f"{SERVICE}/VerificationCheck", data=form, auth=BASIC)

    assert answer.json()["status"] == "approved"


@pytest.mark.parametrize(
    ("to", "channel", "more", "code"),
    [
        ("3001112233", "sms", {}, 60200),
        ("+576011234567", "sms", {}, 60200),
        ("+573001112233", "pigeon", {}, 60200),
        ("+573001112233", "sms", {"CustomCode": "123456"}, 60204),
    ],
)
def test_a_wrong_start_sends_no_code(
    own_sandbox: StandIn, to: str, channel: str, more: dict[str, str], code: int
) -> None:
    answer = start(own_sandbox, to, channel, **more)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert own_sandbox.messages("") == []


def test_a_check_without_a_code_is_refused(sandbox: StandIn, phone: str) -> None:
    start(sandbox, phone)

    answer = check(sandbox, phone, "12")

    assert (answer.status_code, answer.json()["code"]) == (400, 60200)


def test_an_unknown_service_or_caller_is_refused(sandbox: StandIn, phone: str) -> None:
    form = {"To": phone, "Channel": "sms"}
    other = sandbox.post("/twilio/verify/v2/Services/VA1/Verifications", data=form, auth=BASIC)
    nobody = sandbox.post(f"{SERVICE}/Verifications", data=form)

    assert (other.status_code, nobody.status_code) == (404, 401)
    assert sandbox.messages(phone) == []
