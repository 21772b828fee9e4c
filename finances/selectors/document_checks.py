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
     WHERE movement.kind IN ('revenue_recognised', 'credit_expired', 'refund_promised')
       AND (account.kind = 'income' AND account.code <> 'refunds'
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
# What a refund gave back of what was documented by then, and no note took off it. Each document
# that still has something left was there to take it off.
WITHOUT_NOTE = """
WITH promised AS (
    SELECT refund.id, coalesce(refund.decided_at, refund.requested_at) AS at,
           coalesce(payment.payable_kind, counter.payable_kind) AS kind,
           coalesce(payment.payable_id, counter.payable_id) AS payable, refund.currency,
           refund.amount - coalesce((SELECT sum(noted.amount) FROM finances_refundnote AS noted
                                      WHERE noted.refund_id = refund.id), 0) AS missing
      FROM finances_refund AS refund
      LEFT JOIN finances_paymentattempt AS attempt ON attempt.id = refund.attempt_id
      LEFT JOIN finances_payment AS payment ON payment.id = attempt.payment_id
      LEFT JOIN finances_counterpayment AS counter ON counter.id = refund.counter_payment_id
     WHERE refund.source = 'goodwill' AND refund.state NOT IN ('requested', 'rejected'))
SELECT promised.id, promised.missing, sale.id, sale.total + coalesce(sum(note.total), 0)
  FROM promised
  JOIN finances_salesdocument AS sale
    ON sale.kind = 'sale' AND sale.currency = promised.currency AND sale.issued_at < promised.at
   AND ((sale.payable_kind, sale.payable_id) = (promised.kind, promised.payable)
        OR (sale.part_of_kind, sale.part_of_id) = (promised.kind, promised.payable))
  LEFT JOIN finances_salesdocument AS note ON note.corrects_id = sale.id
 WHERE promised.missing > 0
 GROUP BY promised.id, promised.missing, sale.id
HAVING sale.total + coalesce(sum(note.total), 0) > 0
 ORDER BY promised.id, sale.id
"""
# A note of a refund takes back what its row says.
OTHERWISE = """
SELECT noted.id, noted.amount, note.total
  FROM finances_refundnote AS noted
  JOIN finances_salesdocument AS note ON note.id = noted.note_id
 WHERE noted.amount <> -note.total OR note.corrects_id <> noted.document_id
    OR (note.cause_kind, note.cause_id) <> ('finances.refund_note', noted.id)
 ORDER BY noted.id
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
    """What documents say against the ledger and refunds, and their numbers. Four queries."""
    return [*_unlike(), *_without_note(), *_otherwise(), *_gaps()]


def _unlike() -> Iterator[Finding]:
    for kind, cause, base, tax, said_base, said_tax, is_older in fetch(UNLIKE):
        yield Finding(
            f"{kind} {cause} earned {base} and {tax} tax, its document says {said_base} and"
            f" {said_tax}",
            is_explained=bool(is_older) and said_base is None,
        )


def _without_note() -> Iterator[Finding]:
    for refund, missing, document, left in fetch(WITHOUT_NOTE):
        yield Finding(
            f"refund {refund} gave {missing} back without a credit note, and {left} are left of"
            f" document {document}"
        )


def _otherwise() -> Iterator[Finding]:
    for noted, amount, total in fetch(OTHERWISE):
        yield Finding(f"refund note {noted} is of {amount}, its document of {total}")


def _gaps() -> Iterator[Finding]:
    for series, last, documents, highest in fetch(GAPS):
        yield Finding(
            f"series {series} has given {last} numbers to {documents} documents, up to {highest}"
        )
