"""What providers post: proven first, stored once, never believed backwards."""

import hashlib
import hmac
import itertools
import json
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from core.models import InboxMessage
from core.testing import process_inbox
from notifications.models import Delivery
from notifications.tests.conftest import delivery_of, send_all, tell
from users.models import User

WHATSAPP = "/api/v1/webhooks/whatsapp"
TWILIO = "/api/v1/webhooks/twilio/status"


@pytest.fixture
def sent(person: User, sandbox: Any) -> Delivery:
    """A message that WhatsApp has accepted."""
    told = tell(person)
    send_all()
    return delivery_of(told)


@pytest.fixture
def post_status(api: Any, settings: Any) -> Any:
    """Post a status as Meta does; a signature may be given instead of the right one."""

    def post(delivery: Delivery, status: str, signature: str | None = None, **more: Any) -> Any:
        row = {
            "id": delivery.provider_id,
            "status": status,
            "timestamp": "1767225600",
            "biz_opaque_callback_data": f"{delivery.pk}.{delivery.attempts}",
        } | more
        body = json.dumps({"entry": [{"changes": [{"value": {"statuses": [row]}}]}]}).encode()
        secret = settings.WHATSAPP_APP_SECRET.encode()
        right = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        return api.generic(
            "POST",
            WHATSAPP,
            body,
            content_type="application/json",
            HTTP_X_HUB_SIGNATURE_256=right if signature is None else signature,
        )

    return post


@pytest.fixture
def post_callback(api: Any, settings: Any) -> Any:
    """Post a status as Twilio does."""

    def post(delivery: Delivery, status: str, signature: str | None = None, **more: Any) -> Any:
        form = {"MessageSid": delivery.provider_id, "MessageStatus": status} | more
        path = f"{TWILIO}?delivery={delivery.pk}.{delivery.attempts}"
        url = f"{settings.PUBLIC_BASE_URL}{path}"
        right = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(url, form)
        return api.generic(
            "POST",
            path,
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            HTTP_X_TWILIO_SIGNATURE=right if signature is None else signature,
        )

    return post


@pytest.fixture
def sent_sms(person_without_whatsapp: User, sandbox: Any) -> Delivery:
    """A message that Twilio has accepted."""
    told = tell(person_without_whatsapp)
    send_all()
    return delivery_of(told, "SMS")


def test_meta_is_answered_its_challenge(api: Any, settings: Any) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": "1158201444",
    }

    answer = api.get(WHATSAPP, query)

    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "wrong", [{"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}]
)
def test_whoever_does_not_know_the_token_is_refused(
    api: Any, settings: Any, wrong: dict[str, str]
) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": "1158201444",
    }

    answer = api.get(WHATSAPP, query | wrong)

    assert (answer.status_code, answer.json()["code"]) == (403, "NOTIF-WEBHOOK-VERIFICATION")


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "sha1=abc", "ñ"])
def test_na_40_an_unsigned_webhook_of_meta_is_refused_and_leaves_no_trace(
    sent: Delivery, post_status: Any, signature: str
) -> None:
    answer = post_status(sent, "read", signature=signature)

    assert (answer.status_code, answer.json()["code"]) == (401, "NOTIF-WEBHOOK-SIGNATURE")
    assert not InboxMessage.objects.exists()
    sent.refresh_from_db()
    assert sent.status == "SENT"


@pytest.mark.parametrize("signature", ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
def test_na_40_an_unsigned_webhook_of_twilio_is_refused_and_leaves_no_trace(
    sent_sms: Delivery, post_callback: Any, signature: str
) -> None:
    answer = post_callback(sent_sms, "delivered", signature=signature)

    assert (answer.status_code, answer.json()["code"]) == (401, "NOTIF-WEBHOOK-SIGNATURE")
    assert not InboxMessage.objects.exists()


def test_na_40_a_burst_from_the_providers_address_is_never_throttled(
    sent: Delivery, post_status: Any, settings: Any
) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"anonymous": "1/min", "user": "1/min"}

    answers = [post_status(sent, "delivered", timestamp=str(n)) for n in range(5)]

    assert {answer.status_code for answer in answers} == {200}


def test_statuses_five_times_each_in_any_order_end_where_the_furthest_does(
    sent: Delivery, post_status: Any
) -> None:
    storm = ["sent", "delivered", "read"] * 5
    Random(7).shuffle(storm)

    for status in storm:
        assert post_status(sent, status).status_code == 200
        process_inbox()

    sent.refresh_from_db()
    assert sent.status == "READ"
    assert sorted(InboxMessage.objects.values_list("times_received", "status")) == [(5, "DONE")] * 3


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
def test_no_order_of_statuses_moves_a_message_backwards(
    sent: Delivery, post_status: Any, order: tuple[str, ...]
) -> None:
    for status in order:
        post_status(sent, status)
        process_inbox()

    sent.refresh_from_db()
    assert sent.status == "READ"


def test_a_failure_told_later_takes_the_sms_once(
    sent: Delivery, post_status: Any, sandbox: Any, person: User
) -> None:
    failed = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}

    for moment in range(3):
        post_status(sent, "failed", timestamp=str(moment), **failed)
        process_inbox()
    send_all()

    sent.refresh_from_db()
    assert (sent.status, sent.reason) == ("FAILED", "whatsapp_131026")
    assert [m["channel"] for m in sandbox.messages(to=person.phone)] == ["sms", "whatsapp"]


def test_a_failure_cannot_take_back_what_arrived(sent: Delivery, post_status: Any) -> None:
    post_status(sent, "delivered")
    post_status(sent, "failed", errors=[{"code": 131026}])
    process_inbox()

    sent.refresh_from_db()
    assert sent.status == "DELIVERED"
    assert Delivery.objects.count() == 1


def test_a_failure_of_an_earlier_try_says_nothing_of_this_one(
    sent: Delivery, post_status: Any
) -> None:
    earlier = f"{sent.pk}.{sent.attempts - 1}"

    post_status(sent, "failed", biz_opaque_callback_data=earlier, errors=[{"code": 131026}])
    process_inbox()

    sent.refresh_from_db()
    assert sent.status == "SENT"


def test_a_status_without_our_reference_finds_its_message_by_the_providers_id(
    sent: Delivery, post_status: Any
) -> None:
    post_status(sent, "delivered", biz_opaque_callback_data=None)
    process_inbox()

    sent.refresh_from_db()
    assert sent.status == "DELIVERED"


def test_a_status_of_a_message_that_is_not_ours_changes_nothing(
    sent: Delivery, post_status: Any
) -> None:
    post_status(sent, "read", id="wamid.other", biz_opaque_callback_data="somebody-else")
    process_inbox()

    sent.refresh_from_db()
    assert sent.status == "SENT"
    assert InboxMessage.objects.get().status == "DONE"


def test_what_a_person_writes_is_kept_and_breaks_nothing(
    sandbox: Any, api: Any, settings: Any, db
) -> None:
    value = {"messages": [{"from": "573001112233", "id": "wamid.A1", "type": "text"}]}
    body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
    digest = hmac.new(settings.WHATSAPP_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()

    answer = api.generic(
        "POST",
        WHATSAPP,
        body,
        content_type="application/json",
        HTTP_X_HUB_SIGNATURE_256=f"sha256={digest}",
    )
    process_inbox()

    assert answer.status_code == 200
    assert InboxMessage.objects.get().status == "DONE"


def test_an_sms_that_arrives_is_known_to_have(sent_sms: Delivery, post_callback: Any) -> None:
    for status in ("delivered", "sent", "queued", "delivered"):
        assert post_callback(sent_sms, status).status_code == 200
        process_inbox()

    sent_sms.refresh_from_db()
    assert (sent_sms.status, sent_sms.attempts) == ("DELIVERED", 1)


def test_an_sms_that_fails_later_fails_with_its_reason(
    sent_sms: Delivery, post_callback: Any
) -> None:
    post_callback(sent_sms, "undelivered", ErrorCode="30003")
    process_inbox()

    sent_sms.refresh_from_db()
    assert (sent_sms.status, sent_sms.reason) == ("FAILED", "twilio_30003")
    assert Delivery.objects.count() == 2
