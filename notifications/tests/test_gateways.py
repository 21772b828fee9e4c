"""The providers' error tables, signatures and statuses, as `whatsapp_cloud.md` gives them."""

import json
from uuid import UUID

import pytest

from notifications.domain.outcomes import Reference, Verdict
from notifications.domain.statuses import DeliveryStatus
from notifications.gateways import sms, whatsapp

DELIVERY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    ("codes", "verdict", "needs_us"),
    [
        ({1, 2, 130429, 131000, 131016, 131056, 131057}, Verdict.RETRY, False),
        ({130472, 131026, 131030, 131047, 131048, 131049, 131050}, Verdict.FALL_BACK, False),
        ({0, 190, 131031, 131042}, Verdict.FALL_BACK, True),
        ({100, 131008, 131009, 131051, 132000, 132001, 132012, 999}, Verdict.FAIL, True),
    ],
)
def test_each_error_of_meta_asks_for_what_the_table_says(
    codes: set[int], verdict: Verdict, needs_us: bool
) -> None:
    for code in codes:
        refused = whatsapp.refusal(code)
        assert (refused.verdict, refused.needs_us) == (verdict, needs_us), code


@pytest.mark.parametrize(
    ("codes", "verdict", "needs_us"),
    [
        ({20429, 63018}, Verdict.RETRY, False),
        ({21211, 21610, 21614, 30003, 30005, 30006, 30008, 63003, 63024}, Verdict.FALL_BACK, False),
        ({20003, 20404, 21408, 21654, 21656, 30007, 63016, 63021, 999}, Verdict.FAIL, True),
    ],
)
def test_each_error_of_twilio_asks_for_what_the_table_says(
    codes: set[int], verdict: Verdict, needs_us: bool
) -> None:
    for code in codes:
        refused = sms.refusal(code)
        assert (refused.verdict, refused.needs_us) == (verdict, needs_us), code


def test_na_40_metas_worked_example_is_authentic_and_nothing_near_it_is(settings) -> None:
    settings.WHATSAPP_APP_SECRET = "EXAMPLE_APP_SECRET"
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    signature = "sha256=90821bca869283bb1003405e16966519065e1a927bc320645f612ff2b2fb58c4"

    assert whatsapp.is_authentic(body=body, signature=signature)
    assert not whatsapp.is_authentic(body=body + b" ", signature=signature)
    assert not whatsapp.is_authentic(body=body, signature=signature.removeprefix("sha256="))
    assert not whatsapp.is_authentic(body=body, signature="")


def test_na_40_twilios_worked_example_is_authentic_and_nothing_near_it_is(settings) -> None:
    settings.TWILIO_AUTH_TOKEN = "12345EXAMPLEtoken"
    settings.PUBLIC_BASE_URL = "https://api.example.com"
    path = "/hooks/twilio/status?tenant=7"
    body = (
        b"MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered"
        b"&AccountSid=AC00000000000000000000000000000001"
        b"&To=whatsapp%3A%2B573001112233&From=whatsapp%3A%2B14155238886"
    )
    signature = "Y74vtFwd518T09H+FpqWL/Ajm/E="

    assert sms.is_authentic(path=path, body=body, signature=signature)
    assert not sms.is_authentic(
        path="/hooks/twilio/status?tenant=8", body=body, signature=signature
    )
    assert not sms.is_authentic(path=path, body=body + b"&Body=x", signature=signature)
    assert not sms.is_authentic(path=path, body=body, signature="")


def test_a_batch_is_read_whole_and_what_is_not_ours_does_not_break_it() -> None:
    ours = {"id": "wamid.1", "status": "read", "biz_opaque_callback_data": f"{DELIVERY}.2"}
    failed = {"id": "wamid.2", "status": "failed", "errors": [{"code": 131026}]}
    statuses = [ours, {"id": "wamid.3", "status": "warped"}, failed]
    messages = {"value": {"messages": [{"from": "57", "type": "text"}]}}
    body = {"entry": [{"changes": [messages, {"value": {"statuses": statuses}}]}, {}]}

    read, undeliverable = whatsapp.read_statuses(json.dumps(body).encode())

    assert (read.status, read.provider_id) == (DeliveryStatus.READ, "wamid.1")
    assert read.reference == Reference(DELIVERY, 2)
    assert undeliverable.status is DeliveryStatus.FAILED
    assert undeliverable.reference is None
    assert undeliverable.refusal == whatsapp.refusal(131026)


@pytest.mark.parametrize("status", ["queued", "sending", "accepted", ""])
def test_a_callback_that_says_nothing_new_is_no_status(status: str) -> None:
    assert sms.read_status(f"MessageStatus={status}&MessageSid=SM1".encode()) is None
