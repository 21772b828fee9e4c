"""Our side of what is compared with the providers' books: rows, and what the LEDGER says of them.

Each selector is one or two queries, whatever the number of things.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.db import fetch
from core.money import ZERO
from finances.domain.reconciliation import Day, Ours, Subject
from finances.domain.references import base_of
from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status, is_later_in_attempt
from finances.models import Payment, PaymentAttempt, Payout

# Each is asked for by itself.
MOST_OPEN = 1000
# What was voided took with it what had been given back before; otherwise only voids of ours count,
# since a refund is a thing of its own.
PAYMENTS = """
WITH attempt AS (SELECT * FROM finances_paymentattempt WHERE gateway_id = ANY(%(keys)s)),
booked AS (
    SELECT movement.attempt_id AS id, sum(entry.amount) AS money
      FROM attempt
      JOIN finances_ledgertransaction AS movement ON movement.attempt_id = attempt.id
      JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
     WHERE entry.account_id = 'gateway_clearing' GROUP BY 1),
given AS (
    SELECT refund.attempt_id AS id, sum(entry.amount) AS money
      FROM attempt
      JOIN finances_refund AS refund ON refund.attempt_id = attempt.id
      JOIN finances_ledgertransaction AS movement
        ON movement.kind = 'refund_paid' AND movement.cause_kind = 'finances.refund'
       AND movement.cause_id = refund.id AND movement.attempt_id IS NULL
      JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
     WHERE entry.account_id = 'gateway_clearing'
       AND (refund.means = 'void' OR attempt.gateway_id = ANY(%(voided)s)) GROUP BY 1)
SELECT attempt.gateway_id, attempt.status, payment.amount, payment.currency,
       coalesce(booked.money, 0) + coalesce(given.money, 0), payment.reference
  FROM attempt JOIN finances_payment AS payment ON payment.id = attempt.payment_id
  LEFT JOIN booked ON booked.id = attempt.id LEFT JOIN given ON given.id = attempt.id
"""
PAYMENTS_OF = """
SELECT DISTINCT attempt.gateway_id
  FROM finances_ledgertransaction AS movement
  JOIN finances_paymentattempt AS attempt ON attempt.id = movement.attempt_id
 WHERE movement.occurred_at >= %(since)s AND movement.occurred_at < %(until)s
"""
REFUNDS = """
SELECT refund.reference, refund.gateway_id, refund.state, refund.amount, refund.currency,
       coalesce(sum(entry.amount), 0), attempt.gateway_id
  FROM finances_refund AS refund
  JOIN finances_paymentattempt AS attempt ON attempt.id = refund.attempt_id
  LEFT JOIN finances_ledgertransaction AS movement
         ON movement.kind = 'refund_paid' AND movement.cause_kind = 'finances.refund'
        AND movement.cause_id = refund.id AND movement.attempt_id IS NULL
  LEFT JOIN finances_ledgerentry AS entry
         ON entry.transaction_id = movement.id AND entry.account_id = 'gateway_clearing'
 WHERE (refund.reference = ANY(%(keys)s) OR refund.gateway_id = ANY(%(ids)s))
   AND refund.destination = 'gateway' AND refund.means <> 'void'
 GROUP BY refund.id, attempt.id
"""
REFUNDS_OF = """
SELECT reference FROM finances_refund
 WHERE destination = 'gateway' AND means = 'refund' AND state = 'done'
   AND ended_at >= %(since)s AND ended_at < %(until)s
"""
LINES = """
SELECT line.reference, line.status, line.amount, line.currency, coalesce(sum(entry.amount), 0),
       payout.reference, payout.gateway_id
  FROM finances_payoutline AS line
  JOIN finances_payout AS payout ON payout.id = line.payout_id
  LEFT JOIN finances_ledgertransaction AS movement
         ON movement.kind IN ('payout_paid', 'refund_paid') AND movement.attempt_id IS NULL
        AND movement.cause_kind = 'finances.payout_line' AND movement.cause_id = line.id
  LEFT JOIN finances_ledgerentry AS entry
         ON entry.transaction_id = movement.id AND entry.account_id = 'bank'
 WHERE line.reference = ANY(%(keys)s)
 GROUP BY line.id, payout.id
"""
LINES_OF = """
SELECT reference FROM finances_payoutline
 WHERE status = 'approved' AND ended_at >= %(since)s AND ended_at < %(until)s
"""
# What resolutions have booked for a thing; a voided payment has what they booked for its refunds.
RESOLVED = """
SELECT difference.subject, difference.thing,
       coalesce(difference.theirs ->> 'belongs_to', difference.ours ->> 'belongs_to', ''),
       sum(entry.amount)
  FROM finances_difference AS difference
  JOIN finances_ledgertransaction AS movement
    ON movement.kind IN ('difference_resolved', 'credit_issued')
   AND movement.cause_kind = 'finances.difference' AND movement.cause_id = difference.id
   AND movement.attempt_id IS NULL
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id IN ('gateway_clearing', 'bank')
 WHERE difference.state = 'resolved'
 GROUP BY 1, 2, 3
"""


def payments_here(keys: Collection[str], *, voided: Collection[str]) -> dict[str, Ours]:
    """Attempts by the gateway's id, with what was owed.

    `voided` are those of which the gateway holds nothing now.
    """
    found = fetch(PAYMENTS, {"keys": list(keys), "voided": list(voided)})
    return {
        key: Ours(status, amount, currency, money, reference)
        for key, status, amount, currency, money, reference in found
    }


def payments_booked_on(day: Day) -> set[str]:
    """Transactions whose money the ledger moved on that day."""
    return _keys(PAYMENTS_OF, day)


def our_references(references: Collection[str]) -> set[str]:
    """Those of them that payments of ours have; no query where there are none."""
    if not references:
        return set()
    found = Payment.objects.filter(reference__in=list(references))
    return set(found.values_list("reference", flat=True))


def payments_open(*, since: datetime) -> set[str]:
    """Transactions that have not ended, of those that were seen first since then; the newest."""
    rows = PaymentAttempt.objects.filter(status=Status.PENDING, created_at__gte=since)
    return set(rows.order_by("-created_at").values_list("gateway_id", flat=True)[:MOST_OPEN])


def refunds_here(keys: Collection[str]) -> dict[str, Ours]:
    """Refunds at the gateway by our reference, or by `#` and the gateway's id; voids are none."""
    ids = [key.removeprefix("#") for key in keys if key.startswith("#")]
    found = fetch(REFUNDS, {"keys": list(keys), "ids": ids})
    mine = {}
    for reference, gateway_id, state, amount, currency, money, transaction_id in found:
        key = reference if reference in keys else f"#{gateway_id}"
        mine[key] = Ours(state, amount, currency, money, reference, transaction_id)
    return mine


def refunds_done_on(day: Day) -> set[str]:
    """References of refunds that ended well on that day."""
    return _keys(REFUNDS_OF, day)


def lines_here(keys: Collection[str]) -> dict[str, Ours]:
    """Lines of batches by their reference; each belongs to its batch's reference."""
    return {
        key: Ours(status, amount, currency, money, key, batch)
        for key, status, amount, currency, money, batch, _id in fetch(LINES, {"keys": list(keys)})
    }


def lines_paid_on(day: Day) -> set[str]:
    """References of lines that the bank paid on that day."""
    return _keys(LINES_OF, day)


def our_batches(references: Collection[str]) -> dict[str, Payout]:
    """Our batches among those references, with their lines."""
    found = Payout.objects.filter(reference__in=set(references)).prefetch_related("lines")
    return {row.reference: row for row in found}


def resolved_sums(subject: Subject, *, voided: Collection[str] = ()) -> dict[str, Decimal]:
    """By thing, what resolutions have booked for it. Resolutions are few."""
    sums: dict[str, Decimal] = {}
    for about, thing, belongs_to, money in fetch(RESOLVED):
        is_of_voided = subject is Subject.PAYMENT and about == Subject.REFUND
        if about == subject:
            sums[thing] = sums.get(thing, ZERO) + money
        elif is_of_voided and belongs_to in voided:
            sums[belongs_to] = sums.get(belongs_to, ZERO) + money
    return sums


def list_news(seen: Mapping[str, GatewayTransaction]) -> list[GatewayTransaction]:
    """Those that say more of payments of ours than we know. Two queries.

    What contradicts its payment is told once: then it waits for a person.
    """
    bases = {base_of(one.reference) for one in seen.values()}
    payments = {row.reference: row for row in Payment.objects.filter(reference__in=bases)}
    rows = PaymentAttempt.objects.filter(gateway_id__in=list(seen))
    attempts = {row.gateway_id: row for row in rows}
    return [
        one
        for one in seen.values()
        if (payment := payments.get(base_of(one.reference)))
        and _is_news(one, attempts.get(one.id), payment)
    ]


def _is_news(one: GatewayTransaction, known: PaymentAttempt | None, payment: Payment) -> bool:
    if known is None or is_later_in_attempt(known.status, one.status):
        return True
    agrees = (one.amount, one.currency) == (payment.amount, payment.currency)
    is_owed = one.status is Status.APPROVED and known.booked_at is None
    return is_owed and agrees and payment.status != Status.FLAGGED


def _keys(query: str, day: Day) -> set[str]:
    found: Iterable[tuple[Any, ...]] = fetch(query, {"since": day.starts_at, "until": day.ends_at})
    return {key for (key,) in found}
