"""Whether what is held for memberships is what their open months were paid with (FIN-08)."""

from collections.abc import Iterator

from core.db import fetch
from finances.selectors.ledger_checks import Finding

# A month's money is held until it is over; a client whose money the gateway took back after that
# explains a difference.
DIFFER = """
WITH paid AS (
    SELECT month.id, subscription.client_id AS client, month.currency, month.price AS amount,
           month.payment_id
      FROM finances_subscriptionperiod AS month
      JOIN finances_subscription AS subscription ON subscription.id = month.subscription_id
     WHERE month.state = 'paid' AND month.closed_at IS NULL
     UNION ALL
    SELECT change.id, subscription.client_id, month.currency, change.amount, change.payment_id
      FROM finances_planchange AS change
      JOIN finances_subscriptionperiod AS month ON month.id = change.period_id
      JOIN finances_subscription AS subscription ON subscription.id = change.subscription_id
     WHERE change.state = 'done' AND month.closed_at IS NULL),
held AS (
    SELECT client, paid.currency, sum(paid.amount) AS total
      FROM paid JOIN finances_payment AS payment ON payment.id = paid.payment_id
     WHERE payment.status = 'approved' GROUP BY 1, 2),
booked AS (
    SELECT party AS client, currency, -sum(amount) AS total
      FROM finances_ledgerentry WHERE account_id = 'deferred_subscriptions' GROUP BY 1, 2)
SELECT client, currency, coalesce(held.total, 0), coalesce(booked.total, 0),
       EXISTS (SELECT FROM finances_payment AS payment
                WHERE payment.client_id = client AND payment.kind = 'subscription'
                  AND payment.status = 'voided')
  FROM held FULL JOIN booked USING (client, currency)
 WHERE coalesce(held.total, 0) <> coalesce(booked.total, 0)
 ORDER BY client, currency
"""


def check_subscriptions() -> list[Finding]:
    """One query."""
    return list(_differ())


def _differ() -> Iterator[Finding]:
    for client, currency, held, booked, was_voided in fetch(DIFFER):
        yield Finding(
            f"months of {client} hold {held} {currency}, on the ledger are {booked}",
            is_explained=was_voided,
        )
