"""Credit that paid for what did not happen comes back with the days it had (FIN-05)."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.testing import race
from finances.domain.credit import Available, spread
from finances.models import CreditLot, CreditUse
from finances.selectors.ledger import verify
from finances.steps.returns import return_credit
from finances.tests.credits import NOON, VISIT, give, reserve, use
from finances.types import Account
from users.tests.factories import UserFactory

DAY = timedelta(days=1)


@pytest.fixture
def ana(db: None) -> UUID:
    return UserFactory.create().pk


def spend(owner: UUID, amount: object, visit: UUID, **more: Any) -> None:
    reserve(owner, amount, visit, **more)
    use(visit, **more)


def back(owner: UUID, amount: object, visit: UUID, *, cause: UUID, now: datetime = NOON) -> None:
    with transaction.atomic():
        return_credit(
            client_id=owner,
            amount=Decimal(str(amount)),
            currency="COP",
            source=Account.DEPOSITS_HELD,
            paid_kind=VISIT,
            paid_id=visit,
            cause_kind="tests.cancelled",
            cause_id=cause,
            reason="se canceló",
            now=now,
        )


def returned(owner: UUID) -> list[tuple[int, int]]:
    """What came back, and for how many days from noon, the shortest first."""
    lots = CreditLot.objects.filter(client_id=owner, cause_kind="tests.cancelled")
    return [(int(lot.amount), (lot.expires_at - NOON).days) for lot in lots.order_by("expires_at")]


def test_it_ends_when_it_would_have_and_money_becomes_new_credit(ana: UUID) -> None:
    long, soon = give(ana, 30_000, valid_days=200), give(ana, 20_000, valid_days=90)
    visit, cause = uuid4(), uuid4()
    spend(ana, 45_000, visit)

    # 15 000 more had been paid in money.
    give(ana, 15_000, cause_kind="tests.paid", source=Account.GATEWAY_CLEARING)
    back(ana, 60_000, visit, cause=cause)

    soon.refresh_from_db(), long.refresh_from_db()
    lots = CreditLot.objects.filter(cause_kind="tests.cancelled").order_by("expires_at")
    assert [int(lot.amount) for lot in lots] == [20_000, 25_000, 15_000]
    assert [lot.expires_at for lot in lots[:2]] == [soon.expires_at, long.expires_at]
    assert returned(ana)[2] == (15_000, 365)
    assert lots[2].cause_id == cause


def test_less_comes_back_the_shortest_first(ana: UUID) -> None:
    give(ana, 20_000, valid_days=90)
    give(ana, 30_000, valid_days=200)
    visit = uuid4()
    spend(ana, 50_000, visit)

    back(ana, 30_000, visit, cause=uuid4())

    assert returned(ana) == [(20_000, 90), (10_000, 200)]


@pytest.mark.parametrize(
    ("valid_days", "after", "left"), [(40, 5, 40), (40, 20, 50), (10, 100, 130)]
)
def test_its_owner_has_a_month_in_any_case(
    ana: UUID, valid_days: int, after: int, left: int
) -> None:
    give(ana, 20_000, valid_days=valid_days)
    visit = uuid4()
    spend(ana, 20_000, visit)

    back(ana, 20_000, visit, cause=uuid4(), now=NOON + after * DAY)

    assert returned(ana) == [(20_000, left)]
    assert CreditLot.objects.get(cause_kind="tests.cancelled").next_notice_at is not None


def test_once_per_cause_and_never_more_than_was_spent(ana: UUID) -> None:
    give(ana, 50_000, valid_days=90)
    visit, cause = uuid4(), uuid4()
    spend(ana, 50_000, visit)

    for _ in range(2):
        back(ana, 20_000, visit, cause=cause)
    back(ana, 30_000, visit, cause=uuid4())

    assert returned(ana) == [(20_000, 90), (30_000, 90)]
    assert CreditUse.objects.get().returned == 50_000
    assert verify() == []
    with pytest.raises(IntegrityError, match="returned_no_more_than_used"), transaction.atomic():
        CreditUse.objects.update(returned=50_001)


def test_what_others_paid_with_their_credit_is_none_of_hers(ana: UUID) -> None:
    other, visit = UserFactory.create().pk, uuid4()
    give(other, 50_000, valid_days=3)
    spend(other, 50_000, visit)

    back(ana, 30_000, visit, cause=uuid4())

    assert returned(ana) == [(30_000, 365)]


@pytest.mark.django_db(transaction=True)
def test_given_back_six_times_at_once_it_comes_once() -> None:
    owner, visit, cause = UserFactory.create().pk, uuid4(), uuid4()
    give(owner, 50_000, valid_days=90)
    spend(owner, 50_000, visit)

    outcomes = race([partial(back, owner, 50_000, visit, cause=cause)] * 6)

    assert outcomes == [None] * 6
    assert returned(owner) == [(50_000, 90)]
    assert verify() == []


LOTS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9), st.booleans()), max_size=6)


@given(LOTS, st.integers(0, 200))
def test_those_named_first_pay_first_and_never_more_than_there_is(
    rows: list[tuple[int, int, bool]], wanted: int
) -> None:
    lots = [
        Available(UUID(int=number), Decimal(amount), NOON + days * DAY)
        for number, (amount, days, _) in enumerate(rows, 1)
    ]
    first = {lot.lot_id for lot, row in zip(lots, rows, strict=True) if row[2]}

    parts = dict(spread(lots, up_to=Decimal(wanted), first=first))

    assert sum(parts.values()) == min(wanted, sum(lot.remaining for lot in lots))
    assert all(parts.get(lot.lot_id, 0) <= lot.remaining for lot in lots)
    is_spared = any(parts.get(lot.lot_id, 0) < lot.remaining for lot in lots if lot.lot_id in first)
    assert not (is_spared and parts.keys() - first)
