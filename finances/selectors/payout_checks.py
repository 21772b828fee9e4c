"""Whether commissions and payouts are on the ledger as their rows say (FIN-07, NA-30)."""

from collections.abc import Iterator

from core.db import fetch
from finances.selectors.ledger_checks import Finding

# By owner and currency: what rows say is owed or on its way, and what the ledger says.
AGAINST_LEDGER = """
WITH said AS ({rows}),
ledger AS (
    SELECT party, currency, -sum(amount) AS total
      FROM finances_ledgerentry WHERE account_id = %(account)s GROUP BY party, currency)
SELECT party, currency, coalesce(said.total, 0), coalesce(ledger.total, 0)
  FROM said FULL JOIN ledger USING (party, currency)
 WHERE coalesce(said.total, 0) <> coalesce(ledger.total, 0)
 ORDER BY party, currency
"""
OPEN_COMMISSIONS = """
SELECT party, currency, sum(amount) AS total
  FROM finances_commission WHERE line_id IS NULL GROUP BY party, currency
"""
PENDING_LINES = """
SELECT party, currency, sum(amount) AS total
  FROM finances_payoutline WHERE status = 'pending' GROUP BY party, currency
"""
# What lines took and kept, commission by commission; a line that ended without pay keeps none.
TAKEN = """
SELECT line.reference, line.commissions, coalesce(sum(commission.amount), 0)
  FROM finances_payoutline AS line
  LEFT JOIN finances_commission AS commission ON commission.line_id = line.id
 GROUP BY line.id
HAVING coalesce(sum(commission.amount), 0)
       <> CASE WHEN line.status IN ('pending', 'approved') THEN line.commissions ELSE 0 END
 ORDER BY line.reference
"""
# Of each line, by the ledger: what left for the bank is what was approved, and only that.
PAID = """
SELECT line.reference, line.status, coalesce(-sum(entry.amount), 0)
  FROM finances_payoutline AS line
  LEFT JOIN finances_ledgertransaction AS movement
         ON movement.cause_kind = 'finances.payout_line' AND movement.cause_id = line.id
        AND movement.kind IN ('payout_paid', 'refund_paid') AND movement.attempt_id IS NULL
  LEFT JOIN finances_ledgerentry AS entry
         ON entry.transaction_id = movement.id AND entry.account_id = 'bank'
 GROUP BY line.id
HAVING coalesce(-sum(entry.amount), 0)
       <> CASE WHEN line.status = 'approved' THEN line.amount ELSE 0 END
 ORDER BY line.reference
"""
BATCHES = """
SELECT payout.reference, payout.amount, coalesce(sum(line.amount), 0)
  FROM finances_payout AS payout
  LEFT JOIN finances_payoutline AS line ON line.payout_id = payout.id
 GROUP BY payout.id
HAVING payout.amount <> coalesce(sum(line.amount), 0)
 ORDER BY payout.reference
"""


def check_payouts() -> list[Finding]:
    """Whether rows and ledger agree on what is owed, on its way, and paid. Five queries."""
    return [
        *_differ("commissions_payable", OPEN_COMMISSIONS, "commissions that nobody pays yet"),
        *_differ("payouts_in_transit", PENDING_LINES, "lines on their way"),
        *_lines_differ(TAKEN, "has commissions of"),
        *_paid_differ(),
        *_lines_differ(BATCHES, "has lines of"),
    ]


def _differ(account: str, rows: str, what: str) -> Iterator[Finding]:
    query = AGAINST_LEDGER.format(rows=rows)
    for party, currency, said, ledger in fetch(query, {"account": account}):
        yield Finding(f"{account} of {party} is {ledger} {currency}, {what} are {said}")


def _lines_differ(query: str, what: str) -> Iterator[Finding]:
    for reference, own, parts in fetch(query):
        yield Finding(f"payout {reference} over {own} {what} {parts}")


def _paid_differ() -> Iterator[Finding]:
    for reference, status, paid in fetch(PAID):
        yield Finding(f"payout line {reference} is {status}, the bank paid {paid} by the ledger")
