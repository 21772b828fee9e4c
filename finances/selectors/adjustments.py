"""Reading adjustments of credit."""

from collections.abc import Iterator

from django.db.models import QuerySet

from core.db import fetch
from finances.models import Adjustment
from finances.models.adjustments import AdjustmentState
from finances.selectors.ledger_checks import Finding

# Each adjustment moved what it says, once, and nothing else moved money there.
DIFFER = """
WITH asked AS (
    SELECT id, amount FROM finances_adjustment WHERE state = 'applied'),
moved AS (
    SELECT coalesce(used.payable_id, movement.cause_id) AS id, sum(entry.amount) AS amount
      FROM finances_ledgerentry AS entry
      JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
      LEFT JOIN finances_credituse AS used
        ON used.id = movement.cause_id AND movement.cause_kind = 'finances.credit_use'
     WHERE entry.account_id = 'adjustments'
     GROUP BY 1)
SELECT id, coalesce(asked.amount, 0), coalesce(moved.amount, 0)
  FROM asked FULL JOIN moved USING (id)
 WHERE coalesce(asked.amount, 0) <> coalesce(moved.amount, 0)
 ORDER BY id
"""


def list_adjustments() -> QuerySet[Adjustment]:
    """Everybody's, newest first."""
    return Adjustment.objects.order_by("-requested_at", "-pk")


def count_adjustments_requested() -> int:
    """How many wait for a second person."""
    return Adjustment.objects.filter(state=AdjustmentState.REQUESTED).count()


def find_adjustments_differ() -> Iterator[Finding]:
    """An adjustment that was applied changed the client's credit by what it says (NA-29)."""
    for adjustment_id, asked, moved in fetch(DIFFER):
        yield Finding(f"adjustment {adjustment_id} says {asked}, on the ledger are {moved}")
