"""`verify_ledger` sees credit, tills and vouchers that somebody bent behind its back."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from finances.domain.accounts import move
from finances.domain.statuses import Status
from finances.models import Payment
from finances.selectors.ledger import verify
from finances.steps.ledger import Movement, post
from finances.tests.credits import NOON, give, make_voucher, reserve, use
from finances.tests.credits import take as take_voucher
from finances.tests.payables import FakePayable
from finances.tests.test_batches import seen, settle_together
from finances.tests.test_counter import THERAPIST, THIS
from finances.tests.test_counter import take as take_in_person
from finances.types import Account
from users.tests.factories import UserFactory

THAT = UUID(int=2)


@pytest.fixture
def holdings(db: None) -> UUID:
    """Credit set aside and spent, money and a tip taken in person, a voucher in use."""
    client = UserFactory.create()
    give(client.pk, 48_000)
    for visit in (THIS, THAT):
        reserve(client.pk, 10_000, visit)
    use(THIS)
    take_in_person(client, client, tip=Decimal(8_000), tip_party=THERAPIST)
    make_voucher()
    take_voucher(client.pk, THAT)
    assert verify() == []
    found: UUID = client.pk
    return found


def without_guards(statement: str) -> None:
    """What a superuser could do to the tables: triggers and foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.parametrize(
    ("statement", "complaints"),
    [
        (
            "UPDATE finances_creditlot SET remaining = remaining - 1000",
            ["has lots of 37000.00 COP, on the ledger 38000.00"],
        ),
        (
            "UPDATE finances_creditlot SET currency = 'USD'",
            ["lots of 0 COP, on the ledger 38000.00", "lots of 38000.00 USD, on the ledger 0"],
        ),
        (
            "UPDATE finances_creditlot SET reserved = reserved - 1, remaining = remaining + 1",
            ["has 9999.00 reserved, its uses 10000.00"],
        ),
        (
            "UPDATE finances_counterpayment SET amount = 1000",
            ["cash took 9000.00 COP in person, booked are 80000.00"],
        ),
        (
            "UPDATE finances_counterpayment SET method = 'card'",
            ["card_terminal took 80000.00", "cash took 0.00 COP in person, booked are 80000.00"],
        ),
        (
            "UPDATE finances_counterpayment SET tip_party = client_id",
            ["tips_payable of", f"tips_payable of {THERAPIST} took 0.00 COP in person, booked are"],
        ),
        (
            "UPDATE finances_voucher SET uses = 0",
            ["voucher AMIGOS10 says 0 uses, there are 1"],
        ),
    ],
)
def test_what_was_bent_is_found(holdings: UUID, statement: str, complaints: list[str]) -> None:
    without_guards(statement)

    findings = verify()

    assert len(findings) == len(complaints)
    for complaint in complaints:
        assert any(complaint in finding.text for finding in findings), findings
    assert not any(finding.is_explained for finding in findings)


@pytest.mark.parametrize(
    "account", [Account.DEPOSITS_HELD, Account.DEFERRED_PACKAGES, Account.TIPS_PAYABLE]
)
def test_nobody_has_less_than_nothing(holdings: UUID, account: Account) -> None:
    sides = move(
        amount=Decimal(500_000),
        currency="COP",
        debit=account,
        credit=Account.PROMOTIONS,
        party=holdings,
    )
    post([Movement("revenue_recognised", sides, cause_kind="tests", cause_id=THIS)], now=NOON)

    (finding,) = verify()
    assert f"{account} of {holdings} is -" in finding.text
    assert not finding.is_explained


def test_money_that_was_moved_on_and_then_voided_is_explained(
    payment: Payment, payable: FakePayable
) -> None:
    settle_together(seen(payment))
    sides: Any = move(
        amount=payment.amount,
        currency="COP",
        debit=Account.DEPOSITS_HELD,
        credit=Account.PROMOTIONS,
        party=payment.client_id,
    )
    post([Movement("revenue_recognised", sides, cause_kind="tests", cause_id=THIS)], now=NOON)

    settle_together(seen(payment, Status.VOIDED))

    (finding,) = verify()
    assert finding.is_explained
    assert f"deposits_held of {payment.client_id} is -48000.00 COP" in finding.text
