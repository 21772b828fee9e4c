"""The books: balanced, unchangeable, and provably whole (FIN-04)."""

from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from finances.domain.accounts import CHART, OWNED, Account, Side, move
from finances.models import LedgerAccount, LedgerEntry, LedgerTransaction, Payment, PaymentAttempt
from finances.selectors.ledger import get_credit, list_balances, verify
from finances.steps.ledger import Movement, post

CLIENT = UUID(int=7)


@pytest.fixture
def attempt(payment: Payment) -> PaymentAttempt:
    return PaymentAttempt.objects.create(
        gateway_id="12345-1-1",
        payment=payment,
        status="approved",
        amount=payment.amount,
        currency="COP",
        seen_at=timezone.now(),
        booked_at=timezone.now(),
    )


def sides(*amounts: str, currency: str = "COP") -> list[Side]:
    return [Side(Account.GATEWAY_CLEARING, Decimal(amount), currency) for amount in amounts]


def write(attempt: PaymentAttempt, *written: Side, kind: str = "deposit_received") -> None:
    with transaction.atomic():
        post([Movement(kind, written, attempt.pk)], now=timezone.now())


def received(
    attempt: PaymentAttempt, *, account: Account = Account.DEPOSITS_HELD
) -> tuple[Side, Side]:
    return move(
        amount=attempt.amount,
        currency="COP",
        debit=Account.GATEWAY_CLEARING,
        credit=account,
        party=CLIENT,
    )


def test_the_accounts_are_there_from_the_start(db: None) -> None:
    found = dict(LedgerAccount.objects.values_list("code", "kind"))

    assert found == {row.code: row.kind for row in CHART}
    assert set(found) == set(Account)
    assert {found[account] for account in OWNED} == {"asset", "liability"}


@pytest.mark.parametrize(
    ("kind", "side"), [("asset", -1), ("expense", -1), ("liability", 1), ("income", 1)]
)
def test_an_account_stands_on_the_side_of_its_kind(db: None, kind: str, side: int) -> None:
    with pytest.raises(IntegrityError, match="side_follows_kind"), transaction.atomic():
        LedgerAccount.objects.create(code="odd", name="odd", kind=kind, normal_side=side)


def test_a_movement_is_one_statement(
    attempt: PaymentAttempt, django_assert_num_queries: Any
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        post([Movement("deposit_received", received(attempt), attempt.pk)], now=timezone.now())

    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    "unbalanced",
    [
        sides("1.00"),
        sides("48000.00", "-47999.99"),
        [*sides("1.00"), *sides("-1.00", currency="USD")],
    ],
)
def test_the_database_refuses_a_movement_that_does_not_balance(
    attempt: PaymentAttempt, unbalanced: list[Side]
) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        write(attempt, *unbalanced)

    assert not LedgerTransaction.objects.exists()


def test_the_database_refuses_sides_that_come_later(attempt: PaymentAttempt) -> None:
    write(attempt, *received(attempt))
    movement = LedgerTransaction.objects.get()
    pair = [
        LedgerEntry(transaction=movement, account_id=a, amount=v, currency="COP")
        for a, v in (("gateway_clearing", 5), ("deposits_held", -5))
    ]

    with pytest.raises(IntegrityError, match="already written"), transaction.atomic():
        LedgerEntry.objects.bulk_create(pair)

    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("table", ["finances_ledgerentry", "finances_ledgertransaction"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_written_is_never_changed(attempt: PaymentAttempt, table: str, change: str) -> None:
    write(attempt, *received(attempt))

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table))

    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("deposit_received", "credit_received"),
        ("credit_received", "credit_received"),
        ("payment_received", "deposit_received"),
        ("payment_voided", "payment_voided"),
    ],
)
def test_the_money_of_one_transaction_enters_and_leaves_once(
    attempt: PaymentAttempt, kind: str, other: str
) -> None:
    write(attempt, *received(attempt), kind=kind)

    with pytest.raises(IntegrityError, match="once"):
        write(attempt, *received(attempt), kind=other)

    assert LedgerTransaction.objects.count() == 1


def test_balances_stand_on_their_normal_side(attempt: PaymentAttempt) -> None:
    write(attempt, *received(attempt, account=Account.CLIENT_CREDIT))

    found = {balance.account: balance.amount for balance in list_balances()}
    assert found == {"client_credit": Decimal("48000.00"), "gateway_clearing": Decimal("48000.00")}
    assert get_credit(client_id=CLIENT, currency="COP") == Decimal("48000.00")
    assert get_credit(client_id=CLIENT, currency="USD") == Decimal("0.00")


def test_verifying_takes_a_fixed_number_of_queries(
    attempt: PaymentAttempt, django_assert_num_queries: Any
) -> None:
    write(attempt, *received(attempt))

    with django_assert_num_queries(37):
        assert verify() == []


def _without_guards(statement: str, *values: Any) -> None:
    """What a superuser could do to the tables: triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE finances_ledgerentry SET amount = amount + 1 WHERE amount > 0", "is off by 1.00"),
        ("UPDATE finances_ledgerentry SET amount = amount * 2", "settled payments are 48000.00"),
        ("UPDATE finances_ledgerentry SET amount = -amount", "deposits_held of"),
        ("DELETE FROM finances_ledgerentry", "has no entries"),
    ],
)
def test_verify_ledger_finds_what_was_done_behind_its_back(
    attempt: PaymentAttempt, statement: str, complaint: str
) -> None:
    write(attempt, *received(attempt))
    _without_guards(statement)

    assert any(complaint in finding.text for finding in verify())


def test_verify_ledger_finds_approved_money_nobody_booked(attempt: PaymentAttempt) -> None:
    PaymentAttempt.objects.update(booked_at=None)

    (finding,) = verify()
    assert not finding.is_explained
    assert attempt.gateway_id in finding.text


def test_money_that_a_flag_holds_back_is_an_explained_difference(
    attempt: PaymentAttempt,
) -> None:
    PaymentAttempt.objects.update(booked_at=None)
    Payment.objects.update(status="flagged")

    (finding,) = verify()
    assert finding.is_explained


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_balances_and_fails_on_what_it_cannot_explain(
    payment: Payment,
) -> None:
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    assert "The ledger holds." in said.getvalue()
    PaymentAttempt.objects.create(
        gateway_id="12345-1-1",
        payment=payment,
        status="approved",
        amount=payment.amount,
        currency="COP",
        seen_at=timezone.now(),
    )

    with pytest.raises(CommandError, match="not booked"):
        call_command("verify_ledger", stdout=said)


@pytest.mark.django_db(transaction=True)
def test_writing_needs_the_callers_transaction(payment: Payment) -> None:
    with pytest.raises(RuntimeError, match="inside a service"):
        post([], now=timezone.now())
