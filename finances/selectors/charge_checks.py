"""Whether charges by API say what the gateway's transactions say (FIN-01)."""

from collections.abc import Iterator

from core.db import fetch
from finances.domain.charges import OPEN, ChargeStatus
from finances.selectors.ledger_checks import Finding

# An attempt that a contradiction holds back is not taken over, nor is its charge.
LEFT_OPEN = """
SELECT charge.reference, charge.status, attempt.gateway_id, attempt.status
  FROM finances_charge AS charge
  JOIN finances_paymentattempt AS attempt USING (reference)
 WHERE charge.status = ANY(%(open)s) AND attempt.status <> 'pending'
 ORDER BY charge.reference
"""
ENDED_BY_NOTHING = """
SELECT charge.reference
  FROM finances_charge AS charge
 WHERE charge.status = %(ended)s
   AND NOT EXISTS (SELECT FROM finances_paymentattempt AS attempt
                    WHERE attempt.gateway_id = charge.gateway_id
                      AND attempt.reference = charge.reference
                      AND attempt.status <> 'pending')
 ORDER BY charge.reference
"""


def check_charges() -> list[Finding]:
    """Whether each charge is as over as its transaction. Two queries."""
    return [*_left_open(), *_ended_by_nothing()]


def _left_open() -> Iterator[Finding]:
    for reference, status, transaction, ending in fetch(LEFT_OPEN, {"open": sorted(OPEN)}):
        yield Finding(f"charge {reference} is {status}, its transaction {transaction} is {ending}")


def _ended_by_nothing() -> Iterator[Finding]:
    for (reference,) in fetch(ENDED_BY_NOTHING, {"ended": ChargeStatus.ENDED.value}):
        yield Finding(f"charge {reference} has ended, and no transaction of it has")
