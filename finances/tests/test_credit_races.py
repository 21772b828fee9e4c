"""Real threads on real connections: no credit is spent twice, no voucher too often (NA-21)."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models.query import QuerySet

from core.testing import race, rounds
from finances.models import CreditUse, Voucher, VoucherUse
from finances.selectors.ledger import verify
from finances.steps import vouchers
from finances.tests.credits import (
    give,
    give_back,
    left,
    make_voucher,
    release,
    reserve,
    take,
    use,
    use_voucher,
)
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8


@pytest.fixture
def ana() -> UUID:
    return UserFactory.create().pk


@pytest.fixture
def no_locks(all_read_first: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks a row any more."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())


def failures(outcomes: list[Any]) -> set[str]:
    return {type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)}


def test_na_21_eight_visits_share_one_lot_and_not_a_peso_more(ana: UUID) -> None:
    lot = give(ana, 50_000)

    outcomes = race([partial(reserve, ana, 20_000, uuid4()) for _ in range(RIVALS)])

    assert sorted(map(int, outcomes)) == [0] * 5 + [10_000, 20_000, 20_000]
    assert left(lot) == (0, 50_000)
    assert verify() == []


def test_na_21_without_the_lock_the_database_still_refuses(ana: UUID, no_locks: None) -> None:
    lot = give(ana, 20_000)

    outcomes = race([partial(reserve, ana, 20_000, uuid4()) for _ in range(RIVALS)])

    assert failures(outcomes) == {"IntegrityError"}
    assert left(lot) == (0, 20_000)
    assert verify() == []


def test_na_21_control_without_lock_and_constraints_credit_is_spent_twice(
    ana: UUID, no_locks: None, drop: Any
) -> None:
    """The control: the race is real."""
    drop("finances_creditlot", "finances_creditlot_never_negative")
    lot = give(ana, 20_000)

    race([partial(reserve, ana, 20_000, uuid4()) for _ in range(RIVALS)])

    assert left(lot)[0] < 0


def test_a_visit_that_is_paid_and_given_up_at_once_ends_one_way() -> None:
    for _ in rounds(few=2, many=20):
        person, visit = UserFactory.create().pk, uuid4()
        lot = give(person, 20_000)
        reserve(person, 20_000, visit)

        outcomes = race([partial(use, visit), partial(release, visit)] * 4)

        assert failures(outcomes) == set()
        done = [outcome for outcome in outcomes if outcome]
        assert done == [{visit: 20_000}]
        state = CreditUse.objects.get(payable_id=visit).state
        assert left(lot) == ((0, 0) if state == "used" else (20_000, 0))
        assert verify() == []


def test_batches_that_meet_the_same_lots_in_other_orders_do_not_deadlock(ana: UUID) -> None:
    for _ in range(6):
        give(ana, 10_000)
    visits = [uuid4() for _ in range(6)]
    for visit in visits:
        reserve(ana, 10_000, visit)

    outcomes = race([partial(use, *visits), partial(release, *visits[::-1])] * 4)

    assert failures(outcomes) == set()
    assert len([outcome for outcome in outcomes if outcome]) == 1
    assert verify() == []


def test_the_last_use_of_a_voucher_is_had_by_one_of_eight() -> None:
    make_voucher(total_limit=1)
    people = [UserFactory.create().pk for _ in range(RIVALS)]

    outcomes = race([partial(take, person, uuid4()) for person in people])

    assert failures(outcomes) == {"VoucherUsedUp"}
    assert len([outcome for outcome in outcomes if not isinstance(outcome, Exception)]) == 1
    assert (Voucher.objects.get().uses, VoucherUse.objects.count()) == (1, 1)
    assert verify() == []


def test_without_the_lock_the_counting_update_still_bounds_the_uses(no_locks: None) -> None:
    make_voucher(total_limit=1)
    people = [UserFactory.create().pk for _ in range(RIVALS)]

    outcomes = race([partial(take, person, uuid4()) for person in people])

    assert failures(outcomes) == {"VoucherUsedUp"}
    assert (Voucher.objects.get().uses, VoucherUse.objects.count()) == (1, 1)


def count_as_if_alone(voucher: Voucher) -> None:
    """Read, then write: what a counter must never do."""
    voucher.uses += 1
    voucher.save(update_fields=["uses"])


def test_control_without_lock_and_bound_a_voucher_is_used_too_often(
    no_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the race is real."""
    make_voucher(total_limit=1)
    monkeypatch.setattr(vouchers, "_take", count_as_if_alone)
    people = [UserFactory.create().pk for _ in range(RIVALS)]

    race([partial(take, person, uuid4()) for person in people])

    assert (VoucherUse.objects.count(), Voucher.objects.get().uses) == (RIVALS, 1)


def test_one_person_uses_a_voucher_as_often_as_allowed(ana: UUID) -> None:
    make_voucher(per_person_limit=2)

    outcomes = race([partial(take, ana, uuid4()) for _ in range(RIVALS)])

    assert failures(outcomes) == {"VoucherLimitReached"}
    assert sorted(VoucherUse.objects.values_list("seat", flat=True)) == [1, 2]
    assert Voucher.objects.get().uses == 2


def test_without_the_lock_the_database_still_bounds_a_person(ana: UUID, no_locks: None) -> None:
    make_voucher()

    outcomes = race([partial(take, ana, uuid4()) for _ in range(RIVALS)])

    assert failures(outcomes) == {"IntegrityError"}
    assert (VoucherUse.objects.count(), Voucher.objects.get().uses) == (1, 1)


def test_control_without_lock_and_bound_a_person_uses_it_too_often(
    ana: UUID, no_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without seats nothing in the database counts a person's uses."""
    make_voucher()
    monkeypatch.setattr(vouchers, "_free_seat", lambda *_: None)

    race([partial(take, ana, uuid4()) for _ in range(RIVALS)])

    assert VoucherUse.objects.count() > 1


def test_given_back_and_taken_at_once_the_count_stays_right(ana: UUID) -> None:
    make_voucher(total_limit=3, per_person_limit=None)
    visits = [uuid4() for _ in range(3)]
    for visit in visits:
        take(ana, visit)

    outcomes = race(
        [partial(give_back, *visits), partial(use_voucher, *visits)] * 2
        + [partial(take, UserFactory.create().pk, uuid4()) for _ in range(4)]
    )

    assert failures(outcomes) <= {"VoucherUsedUp"}
    assert Voucher.objects.get().uses <= 3
    assert verify() == []
