"""The cache and queue forget everything, over and over; the tables remember (CORE-02, CORE-06)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Slot, Visitor, apart
from studiozens.tests.journeys.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.fault,
    pytest.mark.slow,
]

CLIENTS = 16
AT_ONCE = 4
CONFIRMED = (
    "SELECT count(*) FROM spa_appointment WHERE client_id = ANY(%s) AND status = 'confirmed'"
)
MOVEMENTS = """
SELECT count(*) FROM finances_ledgertransaction AS movement
  JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
  JOIN finances_payment AS payment ON payment.id = attempt.payment_id
 WHERE payment.client_id = ANY(%s)
"""


def test_flushing_valkey_amid_bookings_and_payments_loses_and_doubles_nothing(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    slots = apart(anybody.free_slots("Masaje relajante"), CLIENTS)
    clients = [newcomer() for _ in slots]
    is_over = Event()

    def forget() -> int:
        times = 0
        while not is_over.wait(0.02):
            house.forget_cache()
            times += 1
        return times

    def book_and_pay(client: Visitor, slot: Slot) -> dict[str, Any]:
        return client.pay(client.hold(slot))

    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as vandal:
        flushes = vandal.submit(forget)
        try:
            paid = list(pool.map(book_and_pay, clients, slots))
        finally:
            is_over.set()
    ids = [client.id for client in clients]
    eventually(lambda: house.count(CONFIRMED, ids) == CLIENTS, what="all visits are confirmed")
    house.rest()

    assert flushes.result() > 1
    assert {answer["http_status"] for answer in paid} == {200}
    assert house.count(MOVEMENTS, ids) == CLIENTS
    assert [len(client.confirmations()) for client in clients] == [1] * CLIENTS
