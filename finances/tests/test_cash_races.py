"""Real threads: one shift a place, and no cash between two counts (FIN-12)."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from core.testing import queue, race
from finances import errors
from finances.models import CashShift, CounterPayment
from finances.selectors.ledger import verify
from finances.services import cash
from finances.services.cash import close_shift, open_shift
from finances.steps import counter
from finances.steps.cash import hold_drawer
from finances.tests.credits import NOON
from finances.tests.places import make_place
from finances.tests.test_counter import take
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 6
FLOAT = Decimal(100_000)


@pytest.fixture
def scene() -> tuple[Any, Any, Any]:
    """A place, somebody at its desk, a client."""
    return make_place(), UserFactory.create(staff=True), UserFactory.create()


def opening(scene: Any) -> Any:
    place, desk, _ = scene
    return partial(
        open_shift, location_id=place.pk, opening_float=FLOAT, actor_id=desk.pk, now=NOON
    )


def closing(shift: CashShift) -> Any:
    """Whatever is there, 100 000 are counted."""
    actor = shift.opened_by_id
    return partial(close_shift, shift_id=shift.pk, counted=FLOAT, note="", actor_id=actor, now=NOON)


def taking(scene: Any) -> Any:
    place, desk, ana = scene
    return partial(take, ana, desk, location_id=place.pk)


def hold(shift: CashShift) -> None:
    CashShift.objects.select_for_update(no_key=True).get(pk=shift.pk)


def kinds(outcomes: list[Any]) -> set[str]:
    return {type(outcome).__name__ for outcome in outcomes}


def test_of_many_who_open_one_does(scene: Any) -> None:
    outcomes = race([opening(scene)] * RIVALS)

    assert sum(isinstance(outcome, CashShift) for outcome in outcomes) == 1
    assert kinds(outcomes) == {"CashShift", "CashShiftOpenAlready"}
    assert verify() == []


def test_control_without_the_constraint_a_place_has_two_tills(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cash, "hold_drawer", lambda location_id: None)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX finances_cashshift_one_open")
    try:
        race([opening(scene)] * 2)
        assert CashShift.objects.filter(closed_at=None).count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM finances_ledgerentry WHERE false")
            cursor.execute("TRUNCATE finances_cashshift CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX finances_cashshift_one_open ON finances_cashshift"
                " (location_id) WHERE closed_at IS NULL"
            )


def test_of_many_who_count_one_does(scene: Any) -> None:
    shift = opening(scene)()

    outcomes = race([closing(shift)] * RIVALS)

    assert kinds(outcomes) == {"CashShift", "CashShiftClosed"}
    assert sum(isinstance(outcome, errors.CashShiftClosed) for outcome in outcomes) == RIVALS - 1
    assert verify() == []


def test_cash_that_is_taken_while_somebody_counts_is_in_no_count(scene: Any) -> None:
    shift = opening(scene)()

    closed, taken = queue([closing(shift), taking(scene)], behind=partial(hold, shift))

    assert isinstance(closed, CashShift), closed
    assert isinstance(taken, CounterPayment), taken
    assert (closed.expected, taken.shift_id) == (FLOAT, None)
    assert verify() == []
    assert opening(scene)().left_before == FLOAT + 72_000  # the next one answers for it


def drawer(scene: Any) -> None:
    hold_drawer(scene[0].pk)


def test_cash_that_is_taken_while_somebody_opens_is_in_the_new_shift(scene: Any) -> None:
    opened, taken = queue([opening(scene), taking(scene)], behind=partial(drawer, scene))

    assert isinstance(opened, CashShift), opened
    assert isinstance(taken, CounterPayment), taken
    assert taken.shift_id == opened.pk


def test_whoever_opens_waits_for_cash_that_is_being_taken_outside(scene: Any) -> None:
    closing(opening(scene)())()

    taken, opened = queue([taking(scene), opening(scene)], behind=partial(drawer, scene))

    assert isinstance(opened, CashShift), opened
    assert isinstance(taken, CounterPayment), taken
    assert (taken.shift_id, opened.left_before) == (None, FLOAT + 72_000)
    assert verify() == []


def test_whoever_counts_waits_for_cash_that_is_being_taken(scene: Any) -> None:
    shift = opening(scene)()

    taken, closed = queue([taking(scene), closing(shift)], behind=partial(hold, shift))

    assert isinstance(closed, CashShift), closed
    assert isinstance(taken, CounterPayment), taken
    assert (closed.expected, taken.shift_id) == (FLOAT + 72_000, shift.pk)
    assert verify() == []


def test_control_without_holding_the_shift_cash_misses_the_count(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The taker has seen an open shift, and writes after it was counted."""
    shift = opening(scene)()

    def find_till(location_id: Any) -> Any:
        open_one = CashShift.objects.get(location_id=location_id, closed_at=None).pk
        race([closing(shift)])
        return open_one

    monkeypatch.setattr(counter, "find_till", find_till)
    triggers(is_on=False)
    try:
        taking(scene)()
    finally:
        triggers(is_on=True)

    assert CounterPayment.objects.get().shift_id == shift.pk
    assert [finding.text for finding in verify()] == [
        f"shift {shift.pk} expected 100000.00 in cash, what came in says 172000.00"
    ]


def triggers(*, is_on: bool) -> None:
    word = "ENABLE" if is_on else "DISABLE"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE finances_counterpayment {word} TRIGGER"
            " finances_counterpayment_into_open_shift"
        )
