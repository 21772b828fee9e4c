"""Reading refunds, and whether they are on the ledger as they say (FIN-09)."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q, QuerySet

from core.db import fetch
from finances import errors
from finances.domain.refunds import State
from finances.models import Refund
from finances.selectors.ledger_checks import Finding

# What is promised and has not left, by client; what the bank is paying has left already.
PROMISED = """
WITH promised AS (
    SELECT client_id AS client, currency, sum(amount) AS total FROM finances_refund
     WHERE state IN ('queued', 'sending', 'unknown') AND destination <> 'bank'
     GROUP BY 1, 2),
ledger AS (
    SELECT party AS client, currency, -sum(amount) AS total FROM finances_ledgerentry
     WHERE account_id = 'refunds_payable' GROUP BY 1, 2)
SELECT client, currency, coalesce(promised.total, 0), coalesce(ledger.total, 0)
  FROM promised FULL JOIN ledger USING (client, currency)
 WHERE coalesce(promised.total, 0) <> coalesce(ledger.total, 0)
 ORDER BY client, currency
"""
# A refund counts unless it never happened: rejected, or become the credit it came out of again.
COUNTED = """
WITH counted AS (
    SELECT coalesce(attempt_id, counter_payment_id) AS id, sum(amount) AS total
      FROM finances_refund
     WHERE state <> 'rejected' AND NOT (state = 'failed' AND source = 'credit') GROUP BY 1),
counters AS (
    SELECT id, refunded FROM finances_paymentattempt WHERE refunded <> 0
     UNION ALL
    SELECT payment_id, refunded FROM finances_counterrefunded WHERE refunded <> 0)
SELECT id, coalesce(counters.refunded, 0), coalesce(counted.total, 0)
  FROM counted FULL JOIN counters USING (id)
 WHERE coalesce(counters.refunded, 0) <> coalesce(counted.total, 0)
 ORDER BY id
"""


def list_refunds() -> QuerySet[Refund]:
    """Everybody's, newest first, with what they give back."""
    found = Refund.objects.select_related("attempt__payment", "counter_payment")
    found = found.prefetch_related("notes")
    return found.order_by("-requested_at", "-pk")


def get_refund(*, refund_id: UUID) -> Refund:
    """One refund. Raises `RefundUnknown`."""
    found = list_refunds().filter(pk=refund_id).first()
    if found is None:
        raise errors.RefundUnknown
    return found


def count_waiting_for_somebody() -> int:
    """How many refunds wait for a person: for a second one's yes, or to end what nobody knows."""
    unknown = Q(state=State.UNKNOWN, next_look_at=None)
    return Refund.objects.filter(unknown | Q(state=State.REQUESTED)).count()


def find_refunds_differ() -> Iterator[Finding]:
    """What refunds promise is owed on the ledger, and payments count theirs. Two queries."""
    for client, currency, promised, ledger in fetch(PROMISED):
        yield Finding(
            f"client {client} is promised {promised} {currency} back, on the ledger are {ledger}"
        )
    for payment_id, counted, refunds in fetch(COUNTED):
        yield Finding(f"payment {payment_id} counts {counted} given back, refunds say {refunds}")
