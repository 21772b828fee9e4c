"""Commissions: earned once, taken back once, the developer's by local day (FIN-07)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from core.models import AuditEntry
from core.testing import race
from finances import errors
from finances.domain.commissions import DEVELOPER
from finances.models import Commission, LedgerTransaction
from finances.selectors.ledger import verify
from finances.services.commissions import book_developer_days, take_commission_back
from finances.steps.counter import take_in_person
from finances.tests.books import books
from finances.tests.earnings import earn, rules
from users.models import User
from users.tests.factories import UserFactory

ANA = UUID(int=7)
# Noon in Bogotá; its days end at 5 in the morning of UTC.
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
DAY = timedelta(days=1)


def take(amount: int, *, at: datetime, tip: int = 0) -> None:
    """A client pays in person."""
    with transaction.atomic():
        take_in_person(
            payable_kind="tests.visit",
            payable_id=uuid4(),
            client_id=UserFactory.create().pk,
            amount=Decimal(amount),
            currency="COP",
            method="cash",
            tip=Decimal(tip),
            tip_party=ANA if tip else None,
            actor_id=UserFactory.create(staff=True).pk,
            cause_id=uuid4(),
            now=at,
        )


def rows(party: UUID = DEVELOPER) -> list[tuple[str, int, int]]:
    found = Commission.objects.filter(party=party).order_by("day", "pk")
    return [(row.day.isoformat(), int(row.base), int(row.amount)) for row in found]


def test_a_commission_is_owed_and_on_the_ledger(db: None) -> None:
    earned = earn(ANA, 99_999, 15)

    assert earned.amount == Decimal("15000.00")
    assert books() == {"commissions": 15_000, "commissions_payable": -15_000}
    assert verify() == []


def test_a_cause_earns_once_and_with_other_money_fails(db: None) -> None:
    cause = uuid4()
    first = earn(ANA, cause_id=cause)

    assert earn(ANA, cause_id=cause) == first
    assert earn(UUID(int=8), cause_id=cause) != first
    with pytest.raises(ValueError, match="another commission"):
        earn(ANA, 100, cause_id=cause)
    assert Commission.objects.count() == 2
    assert verify() == []


@pytest.mark.parametrize("percent", [-1, 101])
def test_what_is_no_percentage_earns_nothing(db: None, percent: int) -> None:
    with pytest.raises(ValueError, match="percentage"):
        earn(ANA, percent=percent)
    assert not Commission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_workers_earn_one_cause_once() -> None:
    cause = uuid4()

    outcomes = race([partial(earn, ANA, cause_id=cause)] * 8)

    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {
        Commission.objects.get().pk
    }
    assert LedgerTransaction.objects.count() == 1


def test_a_commission_is_taken_back_once_and_audited(db: None, admin_user: User) -> None:
    earned = earn(ANA)
    undo = partial(take_commission_back, commission_id=earned.pk, actor_id=admin_user.pk, now=NOON)

    mirror = undo(reason="el servicio no era suyo")

    assert (mirror.amount, mirror.reverses) == (-earned.amount, earned)
    assert books() == {"commissions": 0, "commissions_payable": 0}
    assert verify() == []
    entry = AuditEntry.objects.get(action="finances.commission.taken_back")
    assert entry.facts["reason"] == "el servicio no era suyo"
    for row in (earned, mirror):
        with pytest.raises(errors.CommissionTakenBack):
            undo(commission_id=row.pk, reason="otra vez")
    with pytest.raises(errors.CommissionUnknown):
        undo(commission_id=uuid4(), reason="nada")
    assert Commission.objects.count() == 2


def test_the_developer_earns_a_share_of_each_local_day(db: None) -> None:
    take(100_000, at=NOON)
    take(50_000, at=NOON + timedelta(hours=11))
    take(7_000, at=NOON + DAY)

    book_developer_days(now=NOON + 2 * DAY)

    # 23:00 is the same day in Bogotá, though not of UTC.
    assert rows() == [("2026-12-01", 150_000, 7_500), ("2026-12-02", 7_000, 350)]
    assert verify() == []


def test_tips_are_not_the_studios_money(db: None) -> None:
    take(100_000, tip=10_000, at=NOON)

    book_developer_days(now=NOON + DAY)

    assert rows() == [("2026-12-01", 100_000, 5_000)]


def test_a_day_is_counted_once_it_is_over_and_once_only(db: None) -> None:
    take(100_000, at=NOON)
    counts = [
        book_developer_days(now=at)
        for at in (NOON, NOON + timedelta(hours=12.9), NOON + timedelta(hours=13), NOON + DAY)
    ]

    assert counts == [0, 0, 1, 0]


def test_a_run_that_comes_late_catches_up_on_every_day(db: None) -> None:
    for number in range(40):
        take(1_000 * (number + 1), at=NOON + number * DAY)

    assert book_developer_days(now=NOON + 40 * DAY) == 40
    assert sum(base for _day, base, _amount in rows()) == 820_000


def test_what_is_booked_late_into_a_counted_day_counts_with_the_next(db: None) -> None:
    take(100_000, at=NOON)
    book_developer_days(now=NOON + DAY)
    take(20_000, at=NOON)

    take(1_000, at=NOON + DAY)
    book_developer_days(now=NOON + 2 * DAY)

    assert rows() == [("2026-12-01", 100_000, 5_000), ("2026-12-02", 21_000, 1_050)]


def test_another_percentage_is_for_the_days_that_are_not_counted_yet(db: None) -> None:
    take(100_000, at=NOON)
    book_developer_days(now=NOON + DAY)
    rules(developer_percent=0)
    take(100_000, at=NOON + DAY)

    book_developer_days(now=NOON + 2 * DAY)
    book_developer_days(now=NOON + 3 * DAY)

    assert [amount for _day, _base, amount in rows()] == [5_000, 0]
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_tasks_that_meet_count_each_day_once() -> None:
    for number in range(3):
        take(10_000, at=NOON + number * DAY)

    outcomes = race([partial(book_developer_days, now=NOON + 3 * DAY)] * 4)

    assert sorted(map(str, outcomes)) == ["0", "0", "0", "3"]
    assert len(rows()) == 3


def test_days_are_added_up_in_a_fixed_number_of_queries(
    db: None, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        take(10_000, at=NOON + number * DAY)
    book_developer_days(now=NOON + 5 * DAY)

    with django_assert_max_num_queries(6):
        assert book_developer_days(now=NOON + 5 * DAY) == 0
