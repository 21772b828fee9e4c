"""What is wrong with the books by themselves: sides, sums, gateway money (FIN-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.causes import Cause
from finances.domain.refunds import Destination, State
from finances.models import LedgerEntry, LedgerTransaction, PaymentAttempt, Refund
from finances.models.payments import PaymentStatus


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the ledger should not say. `is_explained` when another record says why."""

    text: str
    is_explained: bool = False


def find_unbalanced() -> Iterable[Finding]:
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


def find_without_sides() -> Iterable[Finding]:
    for pk in LedgerTransaction.objects.filter(entries=None).values_list("pk", flat=True):
        yield Finding(f"transaction {pk} has no entries")


def find_unequal_in_all() -> Iterable[Finding]:
    rows = LedgerEntry.objects.values("currency").annotate(rest=Sum("amount")).exclude(rest=0)
    for row in rows.order_by("currency"):
        yield Finding(f"all entries together are off by {row['rest']} {row['currency']}")


def find_clearing_differs() -> Iterable[Finding]:
    """Gateway clearing must be the booked attempts that were not voided, to the cent.

    What the gateway gave back of them has left. What resolved a difference with the gateway's books
    is held to those differences (`selectors.reconciliation`).
    """
    gone = Refund.objects.filter(
        attempt=OuterRef("pk"), destination=Destination.GATEWAY, state=State.DONE
    ).values("attempt")
    booked = _by_currency(
        PaymentAttempt.objects.filter(booked_at__isnull=False, status=PaymentStatus.APPROVED)
        .annotate(gone=Coalesce(Subquery(gone.annotate(sum=Sum("amount")).values("sum")), ZERO))
        .values("currency")
        .annotate(total=Sum(F("amount") - F("gone")))
        .order_by("currency")
    )
    cleared = _by_currency(
        LedgerEntry.objects.filter(account=Account.GATEWAY_CLEARING)
        .exclude(transaction__cause_kind=Cause.DIFFERENCE)
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


def find_money_not_booked() -> Iterable[Finding]:
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


def check_books() -> list[Finding]:
    """Whether the entries agree among themselves and with the gateway. Six queries."""
    return [
        *find_unbalanced(),
        *find_without_sides(),
        *find_unequal_in_all(),
        *find_clearing_differs(),
        *find_money_not_booked(),
    ]
