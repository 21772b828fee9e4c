"""Whether shifts add up, and are on the ledger as they say (FIN-12)."""

from collections.abc import Iterator

from core.db import fetch
from finances.selectors.ledger_checks import Finding

# By shift: what opening, moving and counting it say they did to the cash, and what was booked.
SHIFTS = """
WITH said AS (
    SELECT id AS cause, opening_float - coalesce(left_before, 0) AS amount FROM finances_cashshift
     UNION ALL
    SELECT id, difference FROM finances_cashshift WHERE closed_at IS NOT NULL
     UNION ALL
    SELECT id, amount FROM finances_cashmovement WHERE kind <> 'refund'
     UNION ALL
    SELECT cause_id, amount FROM finances_cashmovement WHERE kind = 'refund'),
booked AS (
    SELECT movement.cause_id AS cause, sum(entry.amount) AS amount
      FROM finances_ledgertransaction AS movement
      JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
     WHERE movement.kind IN ('cash_moved', 'cash_counted', 'refund_paid')
       AND entry.account_id = 'cash'
     GROUP BY movement.cause_id)
SELECT cause, coalesce(booked.amount, 0), wanted.amount
  FROM (SELECT cause, sum(amount) AS amount FROM said GROUP BY cause) AS wanted
  FULL JOIN booked USING (cause)
 WHERE coalesce(booked.amount, 0) <> coalesce(wanted.amount, 0)
 ORDER BY cause
"""
COUNTED = """
SELECT shift.id, shift.expected, shift.opening_float + payments.total + moved.total
  FROM finances_cashshift AS shift,
       LATERAL (SELECT coalesce(sum(amount + tip), 0) AS total
                  FROM finances_counterpayment AS paid
                 WHERE paid.shift_id = shift.id AND paid.currency = shift.currency) AS payments,
       LATERAL (SELECT coalesce(sum(amount), 0) AS total
                  FROM finances_cashmovement WHERE shift_id = shift.id) AS moved
 WHERE shift.closed_at IS NOT NULL
   AND shift.expected <> shift.opening_float + payments.total + moved.total
 ORDER BY shift.id
"""


def check_tills() -> list[Finding]:
    """What shifts say against payments, movements and the ledger. Two queries."""
    return [*_not_booked(), *_miscounted()]


def _not_booked() -> Iterator[Finding]:
    for cause, booked, wanted in fetch(SHIFTS):
        yield Finding(f"till {cause} moved {wanted or 0} in cash, booked are {booked}")


def _miscounted() -> Iterator[Finding]:
    for shift, expected, actual in fetch(COUNTED):
        yield Finding(f"shift {shift} expected {expected} in cash, what came in says {actual}")
