"""Many want one slot at the same instant; one gets it (SPA-05, SPA-28).

What happens without the constraint is shown beside the service: `spa/tests/test_booking_races.py`.
"""

from collections import Counter
from functools import partial

import pytest

from core.testing import race
from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Slot, Visitor, apart

pytestmark = [pytest.mark.journey, pytest.mark.slow]

RIVALS = 200
# There is one tank, and nobody's hands are needed: a start of it can be given exactly once.
SERVICE = "Flotación"


def test_of_two_hundred_rivals_for_one_slot_one_gets_it(
    house: House, anybody: Visitor, newcomer: Newcomer
) -> None:
    slot = apart(anybody.free_slots(SERVICE), 2)[-1]
    rivals = [newcomer() for _ in range(RIVALS)]

    answers = race([partial(rival.book, slot) for rival in rivals])

    problems = [answer for answer in answers if isinstance(answer, Exception)]
    assert problems == []
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: RIVALS - 1}
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {refusal["code"] for refusal in refusals} == {"SPA-SLOT-TAKEN"}
    free = {offer.moment for offer in anybody.free_slots(SERVICE)}
    for refusal in refusals:
        starts = [Slot("", "", offer["start"]).moment for offer in refusal["facts"]["alternatives"]]
        assert len(set(starts)) == 3
        assert set(starts) <= free
    held = "SELECT count(*) FROM spa_appointment WHERE starts_at = %s AND title = %s"
    assert house.count(held, slot.start, SERVICE) == 1
    [winner] = [one for one, answer in zip(rivals, answers, strict=True) if answer.ok]
    assert len(winner.get("appointments")["results"]) == 1


def test_an_alternative_of_a_refusal_can_be_booked(anybody: Visitor, newcomer: Newcomer) -> None:
    slot = apart(anybody.free_slots(SERVICE), 1)[0]
    assert newcomer().book(slot).status_code == 201
    late = newcomer()

    refused = late.book(slot)
    offer = refused.json()["facts"]["alternatives"][0]
    accepted = late.book(Slot(slot.service, slot.location, offer["start"]))

    assert refused.status_code == 409
    assert accepted.status_code == 201
    assert accepted.json()["start"] == offer["start"]
