"""Whether what tables say of credit, tills and vouchers is what the ledger says (FIN-05, NA-21)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from core.db import fetch
from core.money import ZERO
from finances.domain.accounts import Account
from finances.models import CounterPayment, CreditLot, LedgerEntry, LedgerTransaction, Voucher
from finances.models.ledger import MovementKind
from finances.selectors.adjustments import find_adjustments_differ
from finances.selectors.ledger_checks import Finding
from finances.selectors.refunds import find_refunds_differ

TILL = {"cash": Account.CASH, "card": Account.CARD_TERMINAL, "transfer": Account.BANK_TRANSFERS}
# What is somebody's and cannot be less than nothing.
HELD = [
    Account.DEPOSITS_HELD,
    Account.DEFERRED_PACKAGES,
    Account.CLIENT_CREDIT,
    Account.TIPS_PAYABLE,
    Account.PAYOUTS_IN_TRANSIT,
    Account.REFUNDS_PAYABLE,
    Account.DEFERRED_SUBSCRIPTIONS,
]

LOTS_AND_LEDGER = """
WITH lots AS (
    SELECT client_id AS client, currency, sum(remaining + reserved) AS total
      FROM finances_creditlot GROUP BY client_id, currency),
ledger AS (
    SELECT party AS client, currency, -sum(amount) AS total
      FROM finances_ledgerentry WHERE account_id = 'client_credit' GROUP BY party, currency)
SELECT client, currency, coalesce(lots.total, 0), coalesce(ledger.total, 0)
  FROM lots FULL JOIN ledger USING (client, currency)
 WHERE coalesce(lots.total, 0) <> coalesce(ledger.total, 0)
 ORDER BY client, currency
"""


def check_holdings() -> list[Finding]:
    """Whether tables and ledger agree on what people have. Eleven queries."""
    return [
        *_lots_differ(),
        *_reservations_differ(),
        *_tills_differ(),
        *_less_than_nothing(),
        *_vouchers_miscounted(),
        *find_adjustments_differ(),
        *find_refunds_differ(),
    ]


def _lots_differ() -> Iterator[Finding]:
    """A client's lots, remaining and reserved together, are his credit on the ledger."""
    for client, currency, lots, ledger in fetch(LOTS_AND_LEDGER):
        yield Finding(f"client {client} has lots of {lots} {currency}, on the ledger {ledger}")


def _reservations_differ() -> Iterator[Finding]:
    waiting = Coalesce(Sum("uses__amount", filter=Q(uses__state="reserved")), ZERO)
    rows = CreditLot.objects.annotate(waiting=waiting).exclude(waiting=F("reserved"))
    for lot in rows.order_by("pk"):
        yield Finding(f"lot {lot.pk} has {lot.reserved} reserved, its uses {lot.waiting}")


def _tills_differ() -> Iterator[Finding]:
    """What came in at the counter is what payments in person say, tips by whom they are for."""
    taken: dict[tuple[str, str, Any], Decimal] = {}
    for row in _sums(CounterPayment.objects, "method", "tip_party", paid=F("amount") + F("tip")):
        _add(taken, (TILL[row["method"]], row["currency"], None), row["paid"])
    alone = CounterPayment.objects.filter(tip__gt=0, is_tip_shared=False)
    for row in _sums(alone, "tip_party", tips=F("tip")):
        _add(taken, (Account.TIPS_PAYABLE, row["currency"], row["tip_party"]), -row["tips"])
    shared = CounterPayment.objects.filter(is_tip_shared=True)
    for row in _sums(shared, "tips__party", parts=F("tips__amount")):
        _add(taken, (Account.TIPS_PAYABLE, row["currency"], row["tips__party"]), -row["parts"])
    entries = LedgerEntry.objects.filter(
        transaction__kind=MovementKind.PAID_IN_PERSON,
        account__in=[*TILL.values(), Account.TIPS_PAYABLE],
    )
    booked: dict[tuple[str, str, Any], Decimal] = {}
    for row in _sums(entries, "account_id", "party", total=F("amount")):
        _add(booked, (row["account_id"], row["currency"], row["party"]), row["total"])
    for key in sorted(taken.keys() | booked.keys(), key=str):
        if taken.get(key, ZERO) != booked.get(key, ZERO):
            account, currency, party = key
            said, kept = taken.get(key, ZERO), booked.get(key, ZERO)
            whose = f" of {party}" if party else ""
            yield Finding(f"{account}{whose} took {said} {currency} in person, booked are {kept}")


def _less_than_nothing() -> Iterator[Finding]:
    """Nobody's money is negative, unless the gateway took back what had been spent."""
    voided = set(
        LedgerTransaction.objects.filter(kind=MovementKind.PAYMENT_VOIDED).values_list(
            "attempt__payment__client_id", flat=True
        )
    )
    rows = (
        LedgerEntry.objects.filter(account__in=HELD)
        .values("account_id", "party", "currency")
        .annotate(owed=Sum("amount"))
        .filter(owed__gt=0)
        .order_by("account_id", "party")
    )
    for row in rows:
        is_credit = row["account_id"] == Account.CLIENT_CREDIT
        yield Finding(
            f"{row['account_id']} of {row['party']} is {-row['owed']} {row['currency']}",
            is_explained=row["party"] in voided and not is_credit,
        )


def _vouchers_miscounted() -> Iterator[Finding]:
    counted = Count("redemptions", filter=Q(redemptions__state__in=["reserved", "used"]))
    rows = Voucher.objects.annotate(counted=counted).exclude(counted=F("uses"))
    for voucher in rows.order_by("code"):
        yield Finding(
            f"voucher {voucher.code} says {voucher.uses} uses, there are {voucher.counted}"
        )


def _sums(rows: Any, *by: str, **what: Any) -> Iterable[dict[str, Any]]:
    sums = {name: Sum(expression) for name, expression in what.items()}
    found: Iterable[dict[str, Any]] = rows.values(*by, "currency").annotate(**sums)
    return found


def _add(totals: dict[Any, Decimal], key: Any, amount: Decimal) -> None:
    totals[key] = totals.get(key, ZERO) + amount
