"""Whether every peso that was earned has its document, and numbers have no gaps (FIN-09)."""

from collections.abc import Iterator

from core.db import fetch
from finances.selectors.ledger_checks import Finding

# What movements earned or took back, revenue and taxes apart, beside the document of their cause.
# What is older than the first document has none.
UNLIKE = """
WITH earned AS (
    SELECT movement.cause_kind, movement.cause_id, movement.occurred_at,
           -coalesce(sum(entry.amount) FILTER (WHERE account.kind = 'income'), 0) AS base,
           -coalesce(sum(entry.amount) FILTER (WHERE account.kind <> 'income'), 0) AS tax
      FROM finances_ledgertransaction AS movement
      JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
      JOIN finances_ledgeraccount AS account ON account.code = entry.account_id
     WHERE movement.kind IN ('revenue_recognised', 'credit_expired')
       AND (account.kind = 'income'
            OR account.code IN ('vat_payable', 'consumption_tax_payable'))
     GROUP BY movement.id, movement.cause_kind, movement.cause_id, movement.occurred_at)
SELECT cause_kind, cause_id, earned.base, earned.tax, document.base, document.tax,
       earned.occurred_at < (SELECT min(issued_at) FROM finances_salesdocument)
  FROM earned
  FULL JOIN (SELECT * FROM finances_salesdocument WHERE kind = 'sale' OR cause_kind IN
                    (SELECT cause_kind FROM earned)) AS document USING (cause_kind, cause_id)
 WHERE (earned.base, earned.tax) IS DISTINCT FROM (document.base, document.tax)
 ORDER BY cause_kind, cause_id
"""
GAPS = """
SELECT series.id, series.last_number, count(document.id), coalesce(max(document.number), 0)
  FROM finances_documentseries AS series
  LEFT JOIN finances_salesdocument AS document ON document.series_id = series.id
 GROUP BY series.id
HAVING NOT (series.last_number = count(document.id)
            AND series.last_number = coalesce(max(document.number), 0))
 ORDER BY series.id
"""


def check_documents() -> list[Finding]:
    """What documents say against the ledger, and their numbers. Two queries."""
    return [*_unlike(), *_gaps()]


def _unlike() -> Iterator[Finding]:
    for kind, cause, base, tax, said_base, said_tax, is_older in fetch(UNLIKE):
        yield Finding(
            f"{kind} {cause} earned {base} and {tax} tax, its document says {said_base} and"
            f" {said_tax}",
            is_explained=bool(is_older) and said_base is None,
        )


def _gaps() -> Iterator[Finding]:
    for series, last, documents, highest in fetch(GAPS):
        yield Finding(
            f"series {series} has given {last} numbers to {documents} documents, up to {highest}"
        )
