"""Reading the ledger: balances are sums, nothing else is kept (FIN-04)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from core.money import ZERO
from finances.domain.accounts import Account
from finances.models import LedgerEntry
from finances.selectors.cash_checks import check_tills
from finances.selectors.charge_checks import check_charges
from finances.selectors.document_checks import check_documents
from finances.selectors.holdings_checks import check_holdings
from finances.selectors.ledger_checks import Finding, check_books
from finances.selectors.payout_checks import check_payouts


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


def verify() -> list[Finding]:
    """What is wrong with the books, and each difference that is accounted for. 28 queries."""
    return [
        *check_books(),
        *check_holdings(),
        *check_tills(),
        *check_charges(),
        *check_payouts(),
        *check_documents(),
    ]
