"""Webhooks that come too often, too late, wrong or never (FIN-02, FIN-03, FIN-13)."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Visitor, apart
from studiozens.tests.journeys.waiting import eventually

pytestmark = [pytest.mark.journey, pytest.mark.slow]

# One tank: who has a start of it keeps everybody else out.
SERVICE = "Flotación"
DEPOSIT_IN_CENTS = 4_400_000
EVENTS_SECRET = "test_events_studiozens"
STATUS = "SELECT status, allocation FROM finances_payment WHERE id = %s"
MOVEMENTS = """
SELECT movement.kind FROM finances_ledgertransaction AS movement
  JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
 WHERE attempt.payment_id = %s
"""
AUDITED = """
SELECT facts FROM core_auditentry
 WHERE subject_id = %s AND action = 'finances.payment.mismatch' ORDER BY id
"""
CREDIT = """
SELECT coalesce(-sum(amount), 0) FROM finances_ledgerentry
 WHERE account_id = 'client_credit' AND party = %s
"""


def reference_of(visit: dict[str, Any]) -> str:
    """What the gateway knows the visit's payment by."""
    return str(visit["payment"]["checkout"]["reference"])


def let_hold_lapse(house: House, visit: dict[str, Any]) -> None:
    """Twenty minutes pass for this visit."""
    past = "now() - interval '1 minute'"
    for table, column, key, value in (
        ("spa_appointment", "hold_expires_at", "id", visit["id"]),
        ("spa_occupancy", "hold_expires_at", "source_id", visit["id"]),
        ("finances_payment", "expires_at", "id", visit["payment"]["id"]),
    ):
        house.sql(f"UPDATE {table} SET {column} = {past} WHERE {key} = %s", value)  # noqa: S608


def was_settled_once(house: House, visit: dict[str, Any]) -> bool:
    """Whether the deposit was taken for the visit, once, and both tables say so."""
    payment = visit["payment"]["id"]
    return house.sql(STATUS, payment) == [("approved", "accepted")] and house.sql(
        MOVEMENTS, payment
    ) == [("deposit_received",)]


def test_na_25_webhooks_five_times_in_any_order_settle_once_and_tell_once(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    slots = apart(anybody.free_slots(SERVICE), 4)
    clients = [newcomer() for _ in slots]
    visits = [client.hold(slot) for client, slot in zip(clients, slots, strict=True)]
    for client, visit in zip(clients, visits, strict=True):
        client.pay(visit, "DECLINED", deliver=False)
        client.pay(visit, "APPROVED", deliver=False)

    with ThreadPoolExecutor(len(visits)) as pool:
        resent = pool.map(
            lambda visit: house.standins.resend(reference_of(visit), times=5, shuffle=True), visits
        )
        deliveries = [row for answer in resent for row in answer["deliveries"]]
    for client in clients:
        eventually(client.confirmations, what="the confirmation")
    house.rest()

    assert [row["http_status"] for row in deliveries] == [200] * (4 * 2 * 5)
    for client, visit in zip(clients, visits, strict=True):
        assert was_settled_once(house, visit)
        assert len(client.confirmations()) == 1
        assert len(house.standins.messages(client.phone, template="payment_declined")) <= 1
        assert client.get(f"appointments/{visit['id']}")["paid"] == "44000.00"


def test_na_27_a_payment_whose_webhook_is_lost_is_settled_by_the_poller(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots(SERVICE), 1)[0])
    client.pay(visit, deliver=False)
    house.rest()
    before = client.get(f"appointments/{visit['id']}")["status"]

    # Two minutes after it was opened the poller looks for the first time.
    house.sql(
        "UPDATE finances_payment SET opened_at = opened_at - interval '2 minutes' WHERE id = %s",
        visit["payment"]["id"],
    )
    house.sweep("finances.tasks.poll_payments")
    eventually(client.confirmations, what="the confirmation")
    house.standins.resend(reference_of(visit))
    house.rest()

    assert before == "pending_payment"
    assert was_settled_once(house, visit)
    assert len(client.confirmations()) == 1


def test_na_23_money_that_comes_after_the_hold_ended_brings_the_visit_back_if_its_time_is_free(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots(SERVICE), 1)[0])
    client.pay(visit, deliver=False)
    let_hold_lapse(house, visit)
    house.sweep("spa.tasks.expire_holds")
    [expired] = eventually(
        lambda: house.standins.messages(client.phone, template="hold_expired"),
        what="the news that the hold is gone",
    )
    between = client.get(f"appointments/{visit['id']}")["status"]

    house.standins.resend(reference_of(visit))
    eventually(client.confirmations, what="the confirmation")
    house.rest()

    assert f"no alcanzamos a recibir el anticipo de {SERVICE}" in expired["text"]
    assert between == "expired"
    assert client.get(f"appointments/{visit['id']}")["status"] == "confirmed"
    assert was_settled_once(house, visit)


def test_na_23_money_that_comes_after_somebody_else_took_the_time_becomes_credit(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client, rival = newcomer(), newcomer()
    slot = apart(anybody.free_slots(SERVICE), 1)[0]
    visit = client.hold(slot)
    client.pay(visit, deliver=False)
    let_hold_lapse(house, visit)
    theirs = rival.hold(slot)

    house.standins.resend(reference_of(visit))
    [told] = eventually(
        lambda: house.standins.messages(client.phone, template="payment_credited"),
        what="the news of the credit",
    )
    house.rest()

    assert told["text"] == (
        "Hola Ana, recibimos tu pago de $ 44.000 y lo abonamos como saldo a favor en tu cuenta."
        " Motivo: el horario ya estaba ocupado. Puedes usarlo en tu próxima reserva."
    )
    assert client.get(f"appointments/{visit['id']}")["status"] == "expired"
    assert rival.get(f"appointments/{theirs['id']}")["status"] == "pending_payment"
    assert house.sql(STATUS, visit["payment"]["id"]) == [("approved", "credited")]
    assert house.sql(MOVEMENTS, visit["payment"]["id"]) == [("credit_received",)]
    assert house.count(CREDIT, client.id) == 44_000
    assert client.confirmations() == []


@pytest.mark.parametrize(
    ("field", "paid"),
    [
        ("amount", {"amount_in_cents": DEPOSIT_IN_CENTS - 100, "currency": "COP"}),
        ("amount", {"amount_in_cents": DEPOSIT_IN_CENTS + 100, "currency": "COP"}),
        ("currency", {"amount_in_cents": DEPOSIT_IN_CENTS, "currency": "USD"}),
    ],
    ids=["too-little", "too-much", "other-currency"],
)
def test_na_25_a_payment_of_something_else_is_flagged_audited_and_never_settled(
    house: House, anybody: Visitor, newcomer: Newcomer, field: str, paid: dict[str, Any]
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots(SERVICE), 1)[0])

    answer = client.pay(visit, **paid)
    eventually(lambda: house.sql(AUDITED, visit["payment"]["id"]), what="the audit entry")
    house.standins.resend(reference_of(visit), times=2)
    house.rest()

    assert answer["http_status"] == 200
    assert_flagged(client, visit, field)


def test_na_25_a_signed_event_that_leaves_the_amount_out_is_flagged(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots(SERVICE), 1)[0])
    transaction = client.pay(visit, deliver=False)["transaction_id"]
    told = {"id": transaction, "reference": reference_of(visit), "status": "APPROVED"}

    answer = post_event(house, told | {"currency": "COP"}, EVENTS_SECRET)
    eventually(lambda: house.sql(AUDITED, visit["payment"]["id"]), what="the audit entry")
    house.rest()

    assert answer.status_code == 200
    assert_flagged(client, visit, "amount")


def test_na_25_an_event_with_a_wrong_checksum_is_refused_and_leaves_no_trace(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots(SERVICE), 1)[0])
    paid = client.pay(visit, deliver=False)
    told = paid["transaction"] | {"id": paid["transaction_id"]}
    stored = house.count("SELECT count(*) FROM core_inboxmessage")

    answer = post_event(house, told, "not-the-secret")

    assert (answer.status_code, answer.json()["code"]) == (401, "FIN-WEBHOOK-SIGNATURE")
    assert house.count("SELECT count(*) FROM core_inboxmessage") == stored
    assert house.sql(STATUS, visit["payment"]["id"]) == [("pending", "")]


def post_event(house: House, transaction: dict[str, Any], secret: str) -> requests.Response:
    """Post an event as the gateway would, signed over its id and status alone."""
    timestamp = int(time.time())
    signed = f"{transaction['id']}{transaction['status']}{timestamp}{secret}"
    event = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "signature": {
            "properties": ["transaction.id", "transaction.status"],
            "checksum": hashlib.sha256(signed.encode()).hexdigest(),
        },
        "timestamp": timestamp,
    }
    url = f"{house.web}/api/v1/webhooks/wompi"
    headers = {"Content-Type": "application/json"}
    return requests.post(url, data=json.dumps(event), headers=headers, timeout=10)


def assert_flagged(client: Visitor, visit: dict[str, Any], field: str) -> None:
    """The payment waits for a person; books, visit and client know of no money."""
    house, payment = client.house, visit["payment"]["id"]
    assert house.sql(STATUS, payment) == [("flagged", "")]
    assert field in house.sql(AUDITED, payment)[0][0]
    assert house.sql(MOVEMENTS, payment) == []
    assert client.get(f"appointments/{visit['id']}")["status"] == "pending_payment"
    assert client.get(f"payments/{payment}")["status"] == "flagged"
    assert house.standins.messages(client.phone) == []
