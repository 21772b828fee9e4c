"""Reading the ledger: balances are sums, nothing else is kept (FIN-04)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum

from core.db import fetch
from core.money import ZERO
from finances import errors
from finances.domain.accounts import Account
from finances.models import ClosedMonth, LedgerEntry
from finances.selectors.cash_checks import check_tills
from finances.selectors.charge_checks import check_charges
from finances.selectors.document_checks import check_documents
from finances.selectors.holdings_checks import check_holdings
from finances.selectors.ledger_checks import Finding, check_books
from finances.selectors.mark_checks import check_marks
from finances.selectors.payout_checks import check_payouts
from finances.selectors.reconciliation import check_differences
from finances.selectors.report_checks import check_reports
from finances.selectors.subscription_checks import check_subscriptions

NEWEST_MARK = """
SELECT id, through_entry FROM finances_ledgermark
 WHERE is_summed ORDER BY through_entry DESC LIMIT 1
"""
# What came since is added up before anything is joined to it.
BALANCES = """
SELECT account.code, part.currency, sum(part.amount * account.normal_side)
  FROM (SELECT account_id, currency, amount FROM finances_markedbalance
         WHERE mark_id = %(mark)s
         UNION ALL
        SELECT account_id, currency, sum(amount) FROM finances_ledgerentry
         WHERE id > %(through)s
         GROUP BY account_id, currency) AS part
  JOIN finances_ledgeraccount AS account ON account.code = part.account_id
 GROUP BY account.code, part.currency
 ORDER BY account.code, part.currency
"""
# A month is closed some days after its end: what those days brought is taken off its mark again.
AT_END = """
SELECT account.code, part.currency, sum(part.amount * account.normal_side)
  FROM (SELECT account_id, currency, amount FROM finances_markedbalance
         WHERE mark_id = %(mark)s
         UNION ALL
        SELECT entry.account_id, entry.currency, -entry.amount
          FROM finances_ledgertransaction AS moved
          JOIN finances_ledgerentry AS entry ON entry.transaction_id = moved.id
         WHERE moved.occurred_at >= %(ends_at)s AND moved.occurred_at < %(until)s
           AND entry.id <= %(through)s) AS part
  JOIN finances_ledgeraccount AS account ON account.code = part.account_id
 GROUP BY account.code, part.currency
 ORDER BY account.code, part.currency
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account in one currency, positive on its normal side."""

    account: str
    currency: str
    amount: Decimal


def list_balances() -> list[Balance]:
    """Every account that moved, by code and currency. Two queries.

    What the newest mark says and what came since: however long the books are, some thousand
    entries are added up.
    """
    mark, through = next(iter(fetch(NEWEST_MARK)), (None, 0))
    found = fetch(BALANCES, {"mark": mark, "through": through})
    return [Balance(code, currency, amount) for code, currency, amount in found]


def list_balances_of(*, month: date) -> list[Balance]:
    """What every account said at the end of a closed month (its first day). Two queries.

    Raises `MonthNotClosed`, also until the month has been added up.
    """
    closed = (
        ClosedMonth.objects.filter(month=month, mark__is_summed=True).select_related("mark").first()
    )
    if closed is None:
        raise errors.MonthNotClosed
    values = {
        "mark": closed.mark_id,
        "through": closed.mark.through_entry,
        "ends_at": closed.ends_at,
        "until": closed.closed_at + timedelta(hours=1),
    }
    return [Balance(code, currency, amount) for code, currency, amount in fetch(AT_END, values)]


def list_entries() -> QuerySet[LedgerEntry]:
    """Sides of movements, newest first, with why they moved."""
    return LedgerEntry.objects.select_related(
        "account", "transaction", "transaction__attempt__payment"
    ).order_by("-id")


def get_credit(*, client_id: UUID, currency: str) -> Decimal:
    """What the client has to his credit. One query over the balance index."""
    owed = LedgerEntry.objects.filter(
        account=Account.CLIENT_CREDIT, party=client_id, currency=currency
    ).aggregate(total=Sum("amount"))["total"]
    return -owed if owed else ZERO


def verify() -> list[Finding]:
    """What is wrong with the books, and each difference that is accounted for. 36 queries."""
    return [
        *check_books(),
        *check_holdings(),
        *check_tills(),
        *check_charges(),
        *check_payouts(),
        *check_documents(),
        *check_marks(),
        *check_reports(),
        *check_differences(),
        *check_subscriptions(),
    ]
