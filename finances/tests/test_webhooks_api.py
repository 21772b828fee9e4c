"""`POST /api/v1/webhooks/wompi`: what is let in (FIN-02, NA-25, NA-40)."""

import hmac
import json
from typing import Any

import pytest
from django.conf import settings as django_settings

from core.models import DeliveryStatus, InboxMessage
from finances.models import Payment, PaymentAttempt
from finances.tests.wires import PROPERTIES, Wire, at, checksum, event_about, forge


@pytest.fixture
def event(payment: Payment) -> bytes:
    """A well-signed event."""
    return event_about("12345-1-1", payment)


def test_a_signed_event_is_kept_raw_and_answered_200(wire: Wire, event: bytes) -> None:
    answer = wire.post(event)

    kept = InboxMessage.objects.get()
    assert answer.status_code == 200
    assert bytes(kept.body) == event
    assert (kept.provider, kept.key) == ("wompi", json.loads(event)["signature"]["checksum"])
    assert kept.status == DeliveryStatus.PENDING


def test_keeping_an_event_is_one_statement(
    wire: Wire, event: bytes, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        wire.post(event)


def test_the_gateways_repeats_are_answered_200_and_only_counted(wire: Wire, event: bytes) -> None:
    answers = [wire.post(event).status_code for _ in range(5)]

    assert answers == [200] * 5
    assert InboxMessage.objects.get().times_received == 5


def test_the_checksum_may_be_upper_case(wire: Wire, event: bytes) -> None:
    loud = json.loads(event)
    loud["signature"]["checksum"] = loud["signature"]["checksum"].upper()

    assert wire.post(json.dumps(loud).encode()).status_code == 200
    assert wire.post(event).status_code == 200
    assert InboxMessage.objects.get().times_received == 2


def test_the_timestamp_may_stand_inside_the_signature(wire: Wire, event: bytes) -> None:
    moved = json.loads(event)
    moved["signature"]["timestamp"] = moved.pop("timestamp")

    assert wire.post(json.dumps(moved).encode()).status_code == 200


def test_the_timestamp_at_the_top_comes_first(wire: Wire, event: bytes) -> None:
    both = json.loads(event)
    both["signature"]["timestamp"] = 1

    assert wire.post(json.dumps(both).encode()).status_code == 200


def test_the_signed_properties_are_the_events_own(wire: Wire, event: bytes) -> None:
    names = ["transaction.reference", *PROPERTIES]

    assert wire.post(forge(event, properties=names)).status_code == 200


def test_na_40_an_unsigned_event_is_refused_and_leaves_no_trace(wire: Wire, event: bytes) -> None:
    unsigned = json.loads(event)
    del unsigned["signature"]

    answer = wire.post(json.dumps(unsigned).encode())

    assert (answer.status_code, answer.json()["code"]) == (401, "FIN-WEBHOOK-SIGNATURE")
    assert not InboxMessage.objects.exists()


def _changed(event: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(event) | changes).encode()


def _signature(event: bytes, **changes: Any) -> bytes:
    return _changed(event, signature=json.loads(event)["signature"] | changes)


REFUSED = {
    "a status that was not signed": lambda e: forge(e, sign=False, status="VOIDED"),
    "an amount that was not signed": lambda e: forge(e, sign=False, amount_in_cents=1),
    "a checksum of somebody else": lambda e: _signature(e, checksum="0" * 64),
    "a checksum that is no text": lambda e: _signature(e, checksum=7),
    "another time": lambda e: _changed(e, timestamp=1),
    "no time": lambda e: _changed(e, timestamp=None),
    "a time that is no number": lambda e: _changed(e, timestamp="now"),
    "a time beyond time": lambda e: _changed(e, timestamp=10**30),
    "no properties": lambda e: _signature(e, properties=[], checksum=checksum([], 5)),
    "a property that is not there": lambda e: _signature(e, properties=["transaction.secret"]),
    "a property that is no value": lambda e: _signature(e, properties=["transaction"]),
    "properties that are no list": lambda e: _signature(e, properties=7),
    "no data": lambda e: _changed(e, data=None),
    "no object": lambda e: b"[]",
    "no JSON": lambda e: b"transaction=1",
    "nothing": lambda e: b"",
    "letters that are none": lambda e: forge(e, sign=False, id="\ud800"),
    "a number too long": lambda e: e.replace(b'"APPROVED"', b"9" * 5000),
    "a depth too deep": lambda e: b"[" * 100_000,
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
def test_na_25_what_cannot_be_verified_is_refused_and_leaves_no_trace(
    wire: Wire, event: bytes, spoil: Any
) -> None:
    answer = wire.post(spoil(event))

    assert (answer.status_code, answer.json()["code"]) == (401, "FIN-WEBHOOK-SIGNATURE")
    assert not InboxMessage.objects.exists()


def test_an_event_that_signs_nothing_is_refused_even_with_the_right_hash(
    wire: Wire, event: bytes
) -> None:
    stamp = json.loads(event)["timestamp"]

    answer = wire.post(_signature(event, properties=[], checksum=checksum([], stamp)))

    assert answer.status_code == 401


@pytest.mark.parametrize("stamp", [0, -1, 10**12, 10**30])
def test_a_time_that_cannot_be_one_is_refused_even_with_the_right_hash(
    wire: Wire, event: bytes, stamp: int
) -> None:
    assert wire.post(at(event, stamp)).status_code == 401
    assert not InboxMessage.objects.exists()


def test_unknown_kinds_of_events_are_kept_and_acknowledged(wire: Wire) -> None:
    data = {"nequi_token": {"id": "nequi_1", "status": "APPROVED"}}
    names = ["nequi_token.id", "nequi_token.status"]
    event = {
        "event": "nequi_token.updated",
        "data": data,
        "signature": {"properties": names, "checksum": checksum(["nequi_1", "APPROVED"], 7)},
        "timestamp": 7,
    }

    wire.deliver(json.dumps(event).encode())

    kept = InboxMessage.objects.get()
    assert kept.status == DeliveryStatus.DONE
    # The token could be spent on a way to pay.
    assert json.loads(bytes(kept.body))["data"] == {"nequi_token": None}
    assert not PaymentAttempt.objects.exists()


def test_what_money_can_be_taken_by_is_left_out_of_what_is_kept(
    wire: Wire, payment: Payment
) -> None:
    paid = wire.pay(payment)
    told = {"payment_source_id": 4711, "payment_method": {"type": "CARD", "token": "tok_secret"}}

    wire.deliver(forge(paid, **told))

    kept = json.loads(bytes(InboxMessage.objects.get().body))["data"]["transaction"]
    assert not kept.keys() & told.keys()
    payment.refresh_from_db()
    assert payment.status == "approved"


def test_na_40_the_gateway_has_no_limit_by_address(wire: Wire, event: bytes) -> None:
    assert django_settings.THROTTLE_RATES["webhook"] == ""
    answers = {wire.post(event).status_code for _ in range(400)}

    assert answers == {200}


def test_na_25_the_checksum_is_compared_in_constant_time(
    wire: Wire, event: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    honest = hmac.compare_digest

    def watch(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return honest(left, right)

    monkeypatch.setattr("core.crypto.hmac.compare_digest", watch)
    wire.post(event)

    digest = json.loads(event)["signature"]["checksum"].encode()
    assert (digest, digest) in compared
