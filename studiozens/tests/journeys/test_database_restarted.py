"""PostgreSQL goes away in the middle of everything and comes back (CORE-02, CORE-06, FIN-02)."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests

from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Slot, Visitor, apart
from studiozens.tests.journeys.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.fault,
    pytest.mark.slow,
]

CLIENTS = 6
PATIENCE = 30.0
CONFIRMED = (
    "SELECT count(*) FROM spa_appointment WHERE client_id = ANY(%s) AND status = 'confirmed'"
)
VISITS = "SELECT client_id, count(*) FROM spa_appointment WHERE client_id = ANY(%s) GROUP BY 1"
MOVEMENTS = """
SELECT payment.client_id, count(*) FROM finances_ledgertransaction AS movement
  JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
  JOIN finances_payment AS payment ON payment.id = attempt.payment_id
 WHERE payment.client_id = ANY(%s) GROUP BY 1
"""
Answer = requests.Response | None


def insist(client: Visitor, slot: Slot, is_back: Event) -> list[Answer]:
    """Ask with one key until the database is back and the visit booked; `None` for no answer."""
    answers: list[Answer] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answers.append(client.book(slot, key="through-the-storm"))
        except requests.RequestException:
            answers.append(None)
        if is_back.is_set() and answers[-1] is not None and answers[-1].status_code == 201:
            break
    return answers


def is_clean(answer: Answer) -> bool:
    """A booking, or a failure that is said in the house's own words."""
    if answer is None or answer.status_code == 201:
        return True
    said = answer.json()
    return (
        answer.headers["Content-Type"] == "application/problem+json"
        and said["status"] == answer.status_code
        and said["code"] in {"CORE-DATABASE-AWAY", "CORE-IDEMPOTENCY-IN-FLIGHT"}
    )


@pytest.mark.timeout(240)
def test_a_restart_of_the_database_amid_traffic_loses_and_doubles_nothing(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    slots = apart(anybody.free_slots("Masaje relajante"), CLIENTS)
    clients = [newcomer() for _ in slots]
    ids = [client.id for client in clients]
    is_back = Event()

    with ThreadPoolExecutor(CLIENTS) as pool:
        stories = [pool.submit(insist, *pair, is_back) for pair in zip(clients, slots, strict=True)]
        try:
            house.restart_database("immediate")
        finally:
            is_back.set()
    answers = [story.result() for story in stories]
    visits = [story[-1].json() for story in answers]
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        restart = pool.submit(house.restart_database, "fast")
        list(pool.map(Visitor.pay, clients, visits))
        restart.result()
    # A batch that the restart tore from its worker is free again when its lease ends.
    eventually(lambda: house.count(CONFIRMED, ids) == CLIENTS, what="all are confirmed", within=90)
    house.rest()

    failures = [a for story in answers for a in story if a is None or a.status_code >= 500]
    assert failures != []
    assert all(is_clean(answer) for story in answers for answer in story)
    for story in answers:
        assert len({a.content for a in story if a is not None and a.status_code == 201}) == 1
    assert sorted(n for _, n in house.sql(VISITS, ids)) == [1] * CLIENTS
    assert sorted(n for _, n in house.sql(MOVEMENTS, ids)) == [1] * CLIENTS
    assert [len(client.confirmations()) for client in clients] == [1] * CLIENTS
