"""Sums for reports, each one statement over the rows of a period, added up by the database."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.db import fetch
from finances.domain.accounts import Account
from finances.domain.figures import BookedSales, CashMoved, Moved, Sold, Taken
from finances.domain.report_controls import TAXES
from finances.domain.report_tables import ASSETS_OF_CLIENTS, RECEIVED_KINDS

# Alike in all that a report asks for: the names are those on the documents.
SOLD = """
SELECT document.location_id, document.seller ->> 'name', line.kind, line.category_id,
       line.category_name, line.staff_id, line.staff_name, line.tax_category, line.tax_rate,
       document.currency, max(document.issued_at), count(*), sum(line.discount),
       coalesce(sum(line.total) FILTER (WHERE document.kind = 'credit_note'), 0),
       sum(line.base), sum(line.tax), sum(line.total)
  FROM finances_salesdocument AS document
  JOIN finances_salesline AS line ON line.document_id = document.id
 WHERE document.issued_at >= %(since)s AND document.issued_at < %(until)s
   AND (%(place)s::uuid IS NULL OR document.location_id = %(place)s::uuid)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
MOVED = """
SELECT entry.account_id, movement.kind, entry.currency,
       CASE WHEN entry.account_id = ANY(%(of_staff)s) THEN entry.party END,
       coalesce(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0),
       -coalesce(sum(entry.amount) FILTER (WHERE entry.amount < 0), 0)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
 WHERE movement.occurred_at >= %(since)s AND movement.occurred_at < %(until)s
 GROUP BY 1, 2, 3, 4
"""
# What payments say of themselves, beside what was booked for them.
TAKEN = """
SELECT CASE WHEN counter.id IS NULL THEN 'online' ELSE 'counter' END,
       coalesce(counter.method, nullif(lower(attempt.method), ''), 'online'),
       counter.location_id, entry.currency, count(*),
       sum(coalesce(counter.amount + counter.tip, attempt.amount, 0)),
       sum(coalesce(counter.tip, 0)), sum(entry.amount)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id = ANY(%(tills)s)
  LEFT JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
  LEFT JOIN finances_counterpayment AS counter ON counter.id = movement.cause_id
 WHERE movement.occurred_at >= %(since)s AND movement.occurred_at < %(until)s
   AND movement.kind = ANY(%(kinds)s)
   AND (%(place)s::uuid IS NULL OR counter.location_id = %(place)s::uuid)
 GROUP BY 1, 2, 3, 4
"""
# The same for all that moved cash: payments, counts, what was put in or taken out, refunds.
CASH = """
SELECT coalesce(counter.location_id, shift.location_id, moved_in.location_id, refund.location_id),
       movement.kind, entry.currency,
       sum(CASE WHEN counter.id IS NOT NULL THEN counter.amount + counter.tip
                WHEN shift.id IS NOT NULL AND movement.cause_kind = 'finances.cash_shift.opened'
                THEN shift.opening_float - coalesce(shift.left_before, 0)
                WHEN shift.id IS NOT NULL THEN shift.difference
                WHEN moved.id IS NOT NULL THEN moved.amount
                WHEN refund.id IS NOT NULL THEN -refund.amount
                ELSE 0 END),
       sum(entry.amount)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id = 'cash'
  LEFT JOIN finances_counterpayment AS counter ON counter.id = movement.cause_id
  LEFT JOIN finances_cashshift AS shift ON shift.id = movement.cause_id
  LEFT JOIN finances_cashmovement AS moved ON moved.id = movement.cause_id
  LEFT JOIN finances_cashshift AS moved_in ON moved_in.id = moved.shift_id
  LEFT JOIN finances_refund AS refund ON refund.id = movement.cause_id
 WHERE movement.occurred_at >= %(since)s AND movement.occurred_at < %(until)s
   AND (%(place)s::uuid IS NULL OR %(place)s::uuid = coalesce(
        counter.location_id, shift.location_id, moved_in.location_id, refund.location_id))
 GROUP BY 1, 2, 3
"""
# What the ledger earned for the causes of a place's documents.
BOOKED_SALES = """
SELECT entry.currency,
       -coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'income'), 0),
       -coalesce(sum(entry.amount) FILTER (WHERE account.code = ANY(%(taxes)s)), 0)
  FROM finances_salesdocument AS document
  JOIN finances_ledgertransaction AS movement
    ON movement.attempt_id IS NULL
   AND movement.kind IN ('revenue_recognised', 'credit_expired')
   AND movement.cause_kind = document.cause_kind AND movement.cause_id = document.cause_id
  JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
  JOIN finances_ledgeraccount AS account ON account.code = entry.account_id
 WHERE document.location_id = %(place)s
   AND document.issued_at >= %(since)s AND document.issued_at < %(until)s
   AND movement.occurred_at >= %(since)s AND movement.occurred_at < %(until)s
 GROUP BY 1
"""
OF_STAFF = [Account.COMMISSIONS_PAYABLE.value, Account.TIPS_PAYABLE.value]


def sum_sold(*, since: datetime, until: datetime, place: UUID | None) -> list[Sold]:
    """What documents of the period say. One query."""
    return [Sold(*row) for row in fetch(SOLD, _of(since, until, place))]


def sum_moved(*, since: datetime, until: datetime) -> list[Moved]:
    """What every account did. One query."""
    return [Moved(*row) for row in fetch(MOVED, _of(since, until, of_staff=OF_STAFF))]


def sum_taken(*, since: datetime, until: datetime, place: UUID | None) -> list[Taken]:
    """What came in, by how it was paid. One query."""
    values = _of(since, until, place, tills=_codes(ASSETS_OF_CLIENTS), kinds=sorted(RECEIVED_KINDS))
    return [Taken(*row) for row in fetch(TAKEN, values)]


def sum_cash(*, since: datetime, until: datetime, place: UUID | None) -> list[CashMoved]:
    """What drawers did, by place. One query."""
    return [CashMoved(*row) for row in fetch(CASH, _of(since, until, place))]


def sum_booked_sales(*, since: datetime, until: datetime, place: UUID) -> list[BookedSales]:
    """What the ledger says of a place's documents. One query."""
    values = _of(since, until, place, taxes=_codes(TAXES))
    return [BookedSales(*row) for row in fetch(BOOKED_SALES, values)]


def _of(
    since: datetime, until: datetime, place: UUID | None = None, **more: Any
) -> Mapping[str, Any]:
    return {"since": since, "until": until, "place": place, **more}


def _codes(accounts: Iterable[Account]) -> list[str]:
    return sorted(account.value for account in accounts)
