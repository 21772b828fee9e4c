"""Reading the ledger: balances are sums, nothing else is kept (FIN-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Sum

from core.money import ZERO
from finances.domain.accounts import Account
from finances.models import LedgerEntry, LedgerTransaction, PaymentAttempt
from finances.models.payments import PaymentStatus


@dataclass(frozen=True, slots=True)
class Balance:
    """An account in one currency, positive on its normal side."""

    account: str
    currency: str
    amount: Decimal


def list_balances() -> list[Balance]:
    """Every account that moved, by code and currency. One query."""
    rows = (
        LedgerEntry.objects.values("account_id", "currency")
        .annotate(total=Sum(F("amount") * F("account__normal_side")))
        .order_by("account_id", "currency")
    )
    return [Balance(row["account_id"], row["currency"], row["total"]) for row in rows]


def get_credit(*, client_id: UUID, currency: str) -> Decimal:
    """What the client has to his credit. One query over the balance index."""
    owed = LedgerEntry.objects.filter(
        account=Account.CLIENT_CREDIT, party=client_id, currency=currency
    ).aggregate(total=Sum("amount"))["total"]
    return -owed if owed else ZERO


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the ledger should not say. `is_explained` when another record says why."""

    text: str
    is_explained: bool = False


def verify() -> list[Finding]:
    """What is wrong with the books, and each difference that is accounted for. Seven queries."""
    return [
        *_unbalanced(),
        *_without_sides(),
        *_unequal_in_all(),
        *_negative_credit(),
        *_clearing_differs(),
        *_money_not_booked(),
    ]


def _unbalanced() -> Iterable[Finding]:
    rows = (
        LedgerEntry.objects.values("transaction_id", "currency")
        .annotate(rest=Sum("amount"))
        .exclude(rest=0)
        .order_by("transaction_id")
    )
    for row in rows:
        yield Finding(
            f"transaction {row['transaction_id']} is off by {row['rest']} {row['currency']}"
        )


def _without_sides() -> Iterable[Finding]:
    for pk in LedgerTransaction.objects.filter(entries=None).values_list("pk", flat=True):
        yield Finding(f"transaction {pk} has no entries")


def _unequal_in_all() -> Iterable[Finding]:
    rows = LedgerEntry.objects.values("currency").annotate(rest=Sum("amount")).exclude(rest=0)
    for row in rows.order_by("currency"):
        yield Finding(f"all entries together are off by {row['rest']} {row['currency']}")


def _negative_credit() -> Iterable[Finding]:
    rows = (
        LedgerEntry.objects.filter(account=Account.CLIENT_CREDIT)
        .values("party", "currency")
        .annotate(owed=Sum("amount"))
        .filter(owed__gt=0)
        .order_by("party")
    )
    for row in rows:
        yield Finding(f"client {row['party']} has {-row['owed']} {row['currency']} of credit")


def _clearing_differs() -> Iterable[Finding]:
    """Gateway clearing must be the booked attempts that were not voided, to the cent."""
    booked = _by_currency(
        PaymentAttempt.objects.filter(booked_at__isnull=False, status=PaymentStatus.APPROVED)
        .values("currency")
        .annotate(total=Sum("amount"))
        .order_by("currency")
    )
    cleared = _by_currency(
        LedgerEntry.objects.filter(account=Account.GATEWAY_CLEARING)
        .values("currency")
        .annotate(total=Sum("amount"))
        .order_by("currency")
    )
    for currency in sorted(booked.keys() | cleared.keys()):
        expected, actual = booked.get(currency, ZERO), cleared.get(currency, ZERO)
        if expected != actual:
            yield Finding(
                f"gateway clearing is {actual} {currency}, settled payments are {expected}"
            )


def _by_currency(rows: Iterable[Any]) -> dict[str, Decimal]:
    return {row["currency"]: row["total"] for row in rows}


def _money_not_booked() -> Iterable[Finding]:
    """Approved at the gateway and not in the books: contradicted and audited, or forgotten."""
    rows = PaymentAttempt.objects.filter(
        Q(status=PaymentStatus.APPROVED), booked_at=None
    ).select_related("payment")
    for attempt in rows.order_by("gateway_id"):
        payment = attempt.payment
        is_other_amount = (attempt.amount, attempt.currency) != (payment.amount, payment.currency)
        is_held = payment.status == PaymentStatus.FLAGGED or is_other_amount
        yield Finding(
            f"{attempt.gateway_id}: {attempt.amount} {attempt.currency} are at the gateway and not"
            f" booked; payment {payment.reference} is {payment.status}",
            is_explained=is_held,
        )
