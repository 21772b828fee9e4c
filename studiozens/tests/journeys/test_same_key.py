"""One Idempotency-Key is one visit, however often and however fast it comes (CORE-02)."""

from functools import partial

import pytest

from core.testing import race
from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Visitor, apart

pytestmark = [pytest.mark.journey, pytest.mark.slow]

TIMES = 20
KEY = "the-same-key"
VISITS = "SELECT count(*) FROM spa_appointment WHERE client_id = %s"


def test_a_key_sent_twenty_times_at_once_books_once_and_replays_for_good(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    [slot, other] = apart(anybody.free_slots("Masaje relajante"), 2)

    answers = race([partial(client.book, slot, key=KEY)] * TIMES)
    afterwards = client.book(slot, key=KEY)
    house.forget_cache()
    without_cache = client.book(slot, key=KEY)
    for_another = client.book(other, key=KEY)

    booked = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [answer.headers.get("Idempotency-Replayed") for answer in booked].count(None) == 1
    assert {answer.json()["code"] for answer in refused} <= {"CORE-IDEMPOTENCY-IN-FLIGHT"}
    assert {answer.status_code for answer in refused} <= {409}
    assert all("Retry-After" in answer.headers for answer in refused)
    replays = [afterwards, without_cache]
    assert [answer.headers["Idempotency-Replayed"] for answer in replays] == ["true", "true"]
    assert {answer.content for answer in [*booked, *replays]} == {booked[0].content}
    assert {answer.status_code for answer in replays} == {201}
    assert (for_another.status_code, for_another.json()["code"]) == (
        422,
        "CORE-IDEMPOTENCY-KEY-REUSED",
    )
    assert house.count(VISITS, client.id) == 1
    assert house.count("SELECT count(*) FROM finances_payment WHERE client_id = %s", client.id) == 1


def test_a_refusal_replays_even_when_the_slot_is_free_again(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    slot = apart(anybody.free_slots("Flotación"), 1)[0]
    holder, late = newcomer(), newcomer()
    assert holder.book(slot).status_code == 201
    refused = late.book(slot, key=KEY)
    assert refused.status_code == 409

    house.sql(
        "UPDATE spa_occupancy SET hold_expires_at = now() - interval '1 s' WHERE source_id IN"
        " (SELECT id FROM spa_appointment WHERE client_id = %s)",
        holder.id,
    )
    house.sql(
        "UPDATE spa_appointment SET hold_expires_at = now() - interval '1 s' WHERE client_id = %s",
        holder.id,
    )
    replayed = late.book(slot, key=KEY)
    afresh = late.book(slot)

    assert (replayed.content, replayed.headers["Idempotency-Replayed"]) == (refused.content, "true")
    assert afresh.status_code == 201
