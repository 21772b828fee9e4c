"""What is wrong with marks and closed months (FIN-04, FIN-11)."""

from collections.abc import Iterable

from core.db import fetch
from finances.selectors.ledger_checks import Finding

# The newest one stands on all before it.
DIFFERING = """
WITH mark AS (SELECT id, through_entry FROM finances_ledgermark
               WHERE is_summed ORDER BY through_entry DESC LIMIT 1),
     kept AS (SELECT account_id, currency, amount FROM finances_markedbalance
               WHERE mark_id = (SELECT id FROM mark)),
     summed AS (SELECT account_id, currency, sum(amount) AS amount FROM finances_ledgerentry
                 WHERE id <= (SELECT through_entry FROM mark)
                 GROUP BY account_id, currency)
SELECT account_id, currency, coalesce(kept.amount, 0), coalesce(summed.amount, 0)
  FROM kept FULL JOIN summed USING (account_id, currency)
 WHERE coalesce(kept.amount, 0) <> coalesce(summed.amount, 0)
 ORDER BY account_id, currency
"""
# A month of which something was written after its end was marked, or before which something is.
INTO_CLOSED = """
WITH newest AS (SELECT closed.ends_at, mark.through_entry
                  FROM finances_closedmonth AS closed
                  JOIN finances_ledgermark AS mark ON mark.id = closed.mark_id
                 ORDER BY closed.month DESC LIMIT 1)
SELECT DISTINCT moved.id, moved.occurred_at
  FROM newest
  JOIN finances_ledgerentry AS entry ON entry.id > newest.through_entry
  JOIN finances_ledgertransaction AS moved ON moved.id = entry.transaction_id
 WHERE moved.occurred_at < newest.ends_at
 ORDER BY moved.id
"""


def check_marks() -> list[Finding]:
    """Whether marks say what entries say, and closed months stayed as they were. Two queries."""
    return [*find_marks_that_differ(), *find_written_into_closed_months()]


def find_marks_that_differ() -> Iterable[Finding]:
    for account, currency, kept, summed in fetch(DIFFERING):
        yield Finding(f"the newest mark says {account} is {kept} {currency}, its entries {summed}")


def find_written_into_closed_months() -> Iterable[Finding]:
    for movement, at in fetch(INTO_CLOSED):
        yield Finding(f"transaction {movement} of {at:%Y-%m-%d} was written into a closed month")
