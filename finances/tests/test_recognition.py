"""What was held is earned, once per cause."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from finances.models import LedgerEntry, LedgerTransaction
from finances.selectors.ledger import list_balances, verify
from finances.steps.recognition import recognise
from finances.tests.credits import NOON, VISIT, give, reserve, use
from finances.types import Account, Earning, ItemKind, Sale, SaleLine
from users.tests.factories import UserFactory

THIS = UUID(int=1)


@pytest.fixture
def ana(db: None) -> UUID:
    """Somebody for whom 48 000 of deposit are held."""
    client: UUID = UserFactory.create().pk
    give(client, 48_000)
    reserve(client, 48_000, THIS)
    use(THIS)
    return client


def earn(client_id: UUID, amount: object = 48_000, **more: Any) -> bool:
    defaults: dict[str, Any] = {
        "currency": "COP",
        "source": Account.DEPOSITS_HELD,
        "revenue": Account.REVENUE_SERVICES,
        "cause_kind": "tests.visit.completed",
        "cause_id": THIS,
        "now": NOON,
    }
    asked = {**defaults, **more}
    now, whole = asked.pop("now"), Decimal(str(amount))
    line = SaleLine(ItemKind.SERVICE, "Masaje", max(whole, Decimal(0)))
    sale = Sale(None, VISIT, THIS, (line,))
    with transaction.atomic():
        earning = Earning(**{"client_id": client_id, "amount": whole, "sale": sale, **asked})
        return recognise([earning], now=now) == 1


def balances() -> dict[str, int]:
    return {balance.account: int(balance.amount) for balance in list_balances()}


def test_a_deposit_is_earned_once(ana: UUID) -> None:
    assert [earn(ana), earn(ana)] == [True, False]

    assert balances() == {
        "promotions": 48_000,
        "client_credit": 0,
        "deposits_held": 0,
        "revenue_services": 48_000,
    }
    # Whose it was is kept on the side it leaves; what the studio earned is nobody else's.
    movement = LedgerTransaction.objects.get(kind="revenue_recognised")
    parties = dict(movement.entries.values_list("account_id", "party"))
    assert parties == {"deposits_held": ana, "revenue_services": None}
    assert verify() == []


def test_a_thing_earns_for_each_of_its_causes(ana: UUID) -> None:
    earn(ana, 20_000)

    assert earn(ana, 28_000, cause_kind="tests.visit.forfeited", revenue=Account.REVENUE_FORFEITED)

    assert balances()["revenue_forfeited"] == 28_000
    assert verify() == []


def test_nothing_to_earn_is_nothing_to_write(ana: UUID) -> None:
    assert earn(ana, 0) is False

    assert not LedgerTransaction.objects.filter(kind="revenue_recognised").exists()
    assert earn(ana) is True


@pytest.mark.parametrize("other", [{"amount": 1}, {"revenue": Account.REVENUE_CLASSES}])
def test_a_cause_that_earned_something_else_is_a_mistake(ana: UUID, other: dict[str, Any]) -> None:
    earn(ana)

    with pytest.raises(ValueError, match="with other amounts"):
        earn(ana, **{"amount": 48_000, **other})

    assert LedgerEntry.objects.filter(account__kind="income").count() == 1


@pytest.mark.parametrize("amount", ["-1", "0.001"])
def test_less_than_nothing_is_not_earned(ana: UUID, amount: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be earned|decimal places"):
        earn(ana, amount)


def test_earning_more_than_was_held_is_found_out(ana: UUID) -> None:
    earn(ana)
    earn(ana, 1_000, cause_id=uuid4())

    (finding,) = verify()
    assert not finding.is_explained
    assert finding.text == f"deposits_held of {ana} is -1000.00 COP"


@pytest.mark.django_db(transaction=True)
def test_earning_joins_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        recognise([], now=NOON)
