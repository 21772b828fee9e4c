"""A worker that dies at the worst moment: nothing is lost and nothing is said twice (NA-36)."""

import pytest

from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Visitor, apart
from studiozens.tests.journeys.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.fault,
    pytest.mark.slow,
]

FREE_OF_CHARGE = "Valoración de bienestar"
DELIVERY = """
SELECT delivery.id, delivery.status FROM notifications_delivery AS delivery
  JOIN notifications_notification AS told ON told.id = delivery.notification_id
 WHERE told.person_id = %s
"""
SETTLED = """
SELECT count(*) FROM finances_ledgertransaction AS movement
  JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
 WHERE attempt.payment_id = %s
"""
SECONDS_IN_CALL = 2


def in_flight(client: Visitor) -> bool:
    """Whether a worker has claimed the client's message and not recorded what became of it."""
    return any(status == "IN_FLIGHT" for _, status in client.house.sql(DELIVERY, client.id))


def test_a_payment_that_comes_while_no_worker_lives_is_worked_on_by_the_next(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = client.hold(apart(anybody.free_slots("Masaje relajante"), 1)[0])
    house.kill("worker")

    paid = client.pay(visit)
    between = client.get(f"appointments/{visit['id']}")
    house.start("worker")
    eventually(client.confirmations, what="the next worker's confirmation")
    house.rest()

    assert (paid["delivered"], paid["http_status"]) == (True, 200)
    assert between["status"] == "pending_payment"
    assert client.get(f"appointments/{visit['id']}")["status"] == "confirmed"
    assert len(client.confirmations()) == 1
    assert house.count(SETTLED, visit["payment"]["id"]) == 1


def test_na_36_a_worker_killed_before_the_message_left_has_it_sent_by_the_next(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    slot = apart(anybody.free_slots(FREE_OF_CHARGE), 1)[0]
    # The provider lets the worker wait, and then does nothing: whatever left was never taken.
    house.standins.faults("whatsapp", "down", latency_ms=SECONDS_IN_CALL * 1000)

    assert client.book(slot).json()["status"] == "confirmed"
    eventually(lambda: in_flight(client), what="a worker takes the message")
    house.kill("worker")
    house.standins.faults("whatsapp", "off")
    sent_by_the_dead = client.confirmations()
    # The grace period ends: five minutes without a word from the provider.
    house.sql("UPDATE notifications_delivery SET due_at = now() WHERE status = 'IN_FLIGHT'")
    house.start("worker")
    eventually(client.confirmations, what="the next worker's confirmation")
    house.rest()

    assert sent_by_the_dead == []
    assert len(client.confirmations()) == 1


def test_na_36_a_worker_killed_after_the_message_left_does_not_have_it_sent_again(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    slot = apart(anybody.free_slots(FREE_OF_CHARGE), 1)[0]
    house.standins.faults("whatsapp", "slow", latency_ms=SECONDS_IN_CALL * 1000)

    assert client.book(slot).json()["status"] == "confirmed"
    eventually(lambda: in_flight(client), what="a worker takes the message")
    with house.locked(DELIVERY + " FOR UPDATE OF delivery", client.id):
        # The worker has its answer and cannot write it down.
        eventually(client.confirmations, what="the provider takes the message")
        assert in_flight(client)
        house.kill("worker")
    house.standins.faults("whatsapp", "off")
    house.start("worker")
    house.rest()

    assert [status for _, status in house.sql(DELIVERY, client.id)] == ["DELIVERED"]
    assert len(client.confirmations()) == 1
