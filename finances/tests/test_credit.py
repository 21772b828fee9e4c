"""Credit: given, set aside, spent, given back (FIN-05, SPA-09, NA-21, NA-29)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from finances.models import CreditLot, CreditUse, LedgerEntry, LedgerTransaction
from finances.selectors.credit import get_available_credit
from finances.selectors.ledger import get_credit, list_balances, verify
from finances.steps.credit import issue_credit, release_credit, reserve_credit, use_credit
from finances.tests.credits import NOON, VISIT, give, left, release, reserve, use
from finances.types import Account
from users.models import User
from users.tests.factories import UserFactory

COP = "COP"
THIS, THAT = UUID(int=1), UUID(int=2)


@pytest.fixture
def ana(db: None) -> UUID:
    """Somebody with credit."""
    return UserFactory.create().pk


def balances() -> dict[str, int]:
    """What each account holds on its normal side, in thousands."""
    return {balance.account: int(balance.amount) // 1000 for balance in list_balances()}


def test_credit_given_is_on_the_ledger_and_in_a_lot(ana: UUID) -> None:
    lot = give(ana, 48_000)

    assert left(lot) == (48_000, 0)
    assert balances() == {"promotions": 48, "client_credit": 48}
    assert get_credit(client_id=ana, currency=COP) == 48_000
    assert lot.reason == "premio de pruebas"
    # 365 days, to the end of the local day; the first notice 30 days before.
    assert lot.expires_at.isoformat() == "2027-12-02T05:00:00+00:00"
    assert lot.next_notice_at == lot.expires_at - timedelta(days=30)
    assert verify() == []


def test_the_same_cause_gives_once(ana: UUID) -> None:
    cause = uuid4()

    first, again = give(ana, cause_id=cause), give(ana, cause_id=cause)

    assert first.pk == again.pk
    assert CreditLot.objects.count() == 1
    assert get_credit(client_id=ana, currency=COP) == 48_000


@pytest.mark.parametrize("more", [{"amount": 1}, {"source": Account.DEPOSITS_HELD}])
def test_a_cause_that_gave_something_else_is_a_mistake(ana: UUID, more: dict[str, Any]) -> None:
    cause = uuid4()
    give(ana, cause_id=cause)

    with pytest.raises(ValueError, match="with other amounts"):
        give(ana, cause_id=cause, **more)

    assert LedgerTransaction.objects.count() == 1
    assert verify() == []


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_nothing_is_no_credit(ana: UUID, amount: str) -> None:
    with pytest.raises(ValueError, match=r"is no credit|decimal places"):
        give(ana, amount)

    assert not LedgerTransaction.objects.exists()


def test_credit_can_end_sooner_than_the_rules_say(ana: UUID) -> None:
    lot = give(ana, valid_days=10)

    assert lot.expires_at.isoformat() == "2026-12-12T00:00:00-05:00"
    assert lot.next_notice_at == lot.expires_at - timedelta(days=7)


def test_credit_out_of_a_deposit_leaves_it(ana: UUID) -> None:
    give(ana, 48_000)
    reserve(ana, 48_000, THIS)
    use(THIS)

    give(ana, 20_000, source=Account.DEPOSITS_HELD)

    assert balances() == {"promotions": 48, "deposits_held": 28, "client_credit": 20}
    assert verify() == []


def test_what_ends_first_is_set_aside_first_and_several_lots_pay_one_visit(ana: UUID) -> None:
    late, soon, soonest = (give(ana, 10_000, valid_days=days) for days in (300, 20, 10))

    assert reserve(ana, 15_000, THIS) == 15_000

    assert [left(lot) for lot in (late, soon, soonest)] == [
        (10_000, 0),
        (5_000, 5_000),
        (0, 10_000),
    ]
    assert CreditUse.objects.count() == 2
    assert balances()["client_credit"] == 30
    assert verify() == []


def test_no_more_is_set_aside_than_there_is(ana: UUID) -> None:
    give(ana, 10_000)
    give(UserFactory.create().pk, 90_000)
    give(ana, 90_000, currency="USD")

    assert reserve(ana, 15_000, THIS) == 10_000
    assert reserve(ana, 15_000, THAT) == 0
    assert get_available_credit(client_id=ana, currency=COP, now=NOON) == 0


def test_credit_that_has_ended_is_not_there_though_nobody_booked_its_end(ana: UUID) -> None:
    lot = give(ana, valid_days=1)

    assert reserve(ana, 1, THIS, now=lot.expires_at) == 0
    assert get_available_credit(client_id=ana, currency=COP, now=lot.expires_at) == 0
    assert reserve(ana, 1, THIS, now=lot.expires_at - timedelta(seconds=1)) == 1


def test_setting_aside_twice_for_one_visit_takes_nothing_more(ana: UUID) -> None:
    lot = give(ana)

    assert reserve(ana, 10_000, THIS) == 10_000
    assert reserve(ana, 10_000, THIS) == 10_000
    assert reserve(ana, 12_000, THIS) == 12_000
    assert reserve(ana, 5_000, THIS) == 12_000

    assert left(lot) == (36_000, 12_000)


def test_what_was_set_aside_pays_the_visit_once(ana: UUID) -> None:
    lots = [give(ana, 10_000), give(ana, 10_000)]
    reserve(ana, 15_000, THIS)
    reserve(ana, 5_000, THAT)

    assert use(THIS) == {THIS: 15_000}
    assert use(THIS) == {}
    assert release(THIS) == {}

    assert sorted(left(lot) for lot in lots) == [(0, 0), (0, 5_000)]
    assert balances() == {"promotions": 20, "deposits_held": 15, "client_credit": 5}
    kinds = LedgerTransaction.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["credit_issued", "credit_issued", "credit_used", "credit_used"]
    assert verify() == []


def test_na_21_what_was_set_aside_comes_back_when_the_hold_is_lost(ana: UUID) -> None:
    lot = give(ana)
    reserve(ana, 15_000, THIS)

    assert release(THIS) == {THIS: 15_000}
    assert release(THIS) == {}
    assert use(THIS) == {}

    assert left(lot) == (48_000, 0)
    assert LedgerTransaction.objects.count() == 1
    assert reserve(ana, 48_000, THAT) == 48_000


def test_a_batch_is_paid_and_given_back_together(ana: UUID) -> None:
    ben = UserFactory.create().pk
    give(ana, 30_000)
    give(ben, 30_000)
    third = uuid4()
    for person, visit in ((ana, THIS), (ben, THAT), (ana, third)):
        reserve(person, 10_000, visit)

    assert use(THIS, THAT, third, uuid4()) == {THIS: 10_000, THAT: 10_000, third: 10_000}

    held = LedgerEntry.objects.filter(account=Account.DEPOSITS_HELD)
    assert {(e.party, int(e.amount)) for e in held} == {(ana, -10_000), (ben, -10_000)}
    assert verify() == []


def test_another_kind_of_thing_with_the_same_id_is_another_thing(ana: UUID) -> None:
    lot = give(ana)
    reserve(ana, 10_000, THIS)
    reserve(ana, 10_000, THIS, payable_kind="tests.other")

    assert use(THIS) == {THIS: 10_000}

    assert left(lot) == (28_000, 10_000)


def test_credit_can_pay_what_is_earned_later_too(ana: UUID) -> None:
    give(ana)
    reserve(ana, 48_000, THIS)

    use(THIS, into=Account.DEFERRED_PACKAGES)

    assert balances() == {"promotions": 48, "client_credit": 0, "deferred_packages": 48}


@pytest.mark.parametrize("number", [1, 20])
def test_statements_do_not_grow_with_the_batch(
    ana: UUID, number: int, django_assert_num_queries: Any
) -> None:
    visits = [uuid4() for _ in range(number)]
    give(ana, 1_000_000)
    for visit in visits:
        reserve(ana, 10_000, visit)

    with transaction.atomic(), django_assert_num_queries(4):  # uses, lots, uses, ledger
        use_credit(payable_kind=VISIT, payable_ids=visits, now=NOON)
    with transaction.atomic(), django_assert_num_queries(1):
        release_credit(payable_kind=VISIT, payable_ids=visits, now=NOON)
    with transaction.atomic(), django_assert_num_queries(4):  # kept, lots, lots, uses
        reserve_credit(
            client_id=ana,
            up_to=Decimal(5),
            currency=COP,
            payable_kind=VISIT,
            payable_id=THIS,
            now=NOON,
        )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"remaining": -1}, "never_negative"),
        ({"reserved": -1}, "never_negative"),
        ({"reserved": 1}, "no_more_than_it_was"),
        ({"expires_at": NOON}, "ends_after_it_begins"),
    ],
)
def test_the_database_refuses_an_impossible_lot(
    ana: UUID, change: dict[str, Any], constraint: str
) -> None:
    lot = give(ana)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CreditLot.objects.filter(pk=lot.pk).update(**change)

    assert left(lot) == (48_000, 0)


@pytest.mark.parametrize(
    "change",
    [{"state": "used"}, {"ended_at": NOON}, {"state": "lost", "ended_at": NOON}],
)
def test_a_use_is_reserved_until_it_ends(ana: UUID, change: dict[str, Any]) -> None:
    give(ana)
    reserve(ana, 10_000, THIS)

    with pytest.raises(IntegrityError, match="reserved_until_it_ends"), transaction.atomic():
        CreditUse.objects.update(**change)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", [issue_credit, reserve_credit, use_credit, release_credit])
def test_steps_join_a_transaction(step: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        step()


def test_na_29_credit_of_a_reward_gets_in_nobodys_way(client_user: User) -> None:
    """A deposit goes back as credit whatever else the client has, and what came with it stays."""
    ana = client_user.pk
    reward, paid = give(ana, 50_000), give(ana, 40_000)
    reserve(ana, 90_000, THIS)
    use(THIS)

    back = give(ana, 90_000, source=Account.DEPOSITS_HELD, now=timezone.now())

    assert [left(lot) for lot in (reward, paid, back)] == [(0, 0), (0, 0), (90_000, 0)]
    assert get_credit(client_id=ana, currency=COP) == 90_000
    assert verify() == []
