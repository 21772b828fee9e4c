"""What a sighting of a transaction does to a payment: the one way money is ever settled.

Webhook, poller and review all come through here. Payments are decided one by one under their locks,
their payables are asked together, and all is written together (`finances.steps.desk`); attempt,
ledger, the payable above and the payment commit together or not at all.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from core.audit import record
from core.db import requires_transaction
from finances import metrics
from finances.domain.sightings import Sighting, contradictions
from finances.domain.statuses import Status, is_later_in_attempt, may_become
from finances.events import PaymentDeclined
from finances.models import Payment, PaymentAttempt
from finances.steps.desk import Desk, Receipt
from finances.steps.receipts import ask_payables, receive_money, return_money

logger = logging.getLogger(__name__)

MOVED = {Status.APPROVED, Status.VOIDED}
# How an unbooked ending of one attempt reads on the payment: nothing came of it.
LOST = {
    Status.DECLINED: Status.DECLINED,
    Status.VOIDED: Status.DECLINED,
    Status.ERROR: Status.ERROR,
}


@requires_transaction
def settle(sightings: Sequence[Sighting], *, now: datetime) -> None:
    """Bring each payment to where the gateway says it is; never back, and never twice.

    A contradiction flags the payment, is audited and counted, and settles nothing (NA-25). Locks
    are taken in one order; six statements in all, and the payables' own. Each kind of payable is
    asked once, unless one payment is seen again after its approval: that has to find it settled.
    """
    desk = Desk([sighting.transaction for sighting in sightings])
    for sighting in sightings:
        payment = desk.payment_of(sighting.transaction)
        if payment is None:
            seen = sighting.transaction.id
            logger.warning("transaction of no payment of ours", extra={"transaction": seen})
            metrics.EVENTS_IGNORED.labels(reason="not ours").inc()
            continue
        if desk.is_waiting(payment):
            ask_payables(desk, now=now)
        _settle_one(desk, payment, sighting, now=now)
    ask_payables(desk, now=now)
    desk.save(now=now)


def _settle_one(desk: Desk, payment: Payment, sighting: Sighting, *, now: datetime) -> None:
    seen, claim = sighting.transaction, sighting.claim
    known = desk.attempt_of(seen)
    if claim and claim.reference != seen.reference:
        _audit(payment, sighting, "reference-swapped", {"claimed": claim.reference}, now=now)
    found = contradictions(sighting, amount=payment.amount, currency=payment.currency)
    if known and known.payment_id != payment.pk:
        found["reference"] = [payment.reference, seen.reference]
    if found:
        _flag(desk, payment, sighting, found, now=now)
    elif _is_old_news(payment, sighting) or not _is_news(payment, known, seen.status):
        metrics.EVENTS_IGNORED.labels(reason="nothing new").inc()
        return
    else:
        _advance(desk, payment, sighting, now=now)
    if claim and (payment.newest_event_at is None or claim.at > payment.newest_event_at):
        desk.change(payment, newest_event_at=claim.at)


def _is_old_news(payment: Payment, sighting: Sighting) -> bool:
    """Whether a newer event was applied. What the gateway says today of money is never old.

    Events of several attempts at one payment overtake each other.
    """
    claim, newest = sighting.claim, payment.newest_event_at
    if claim is None or newest is None or sighting.transaction.status in MOVED:
        return False
    return claim.at < newest


def _is_news(payment: Payment, known: PaymentAttempt | None, status: Status) -> bool:
    if known is None or is_later_in_attempt(known.status, status):
        return True
    # Money that was held back while the payment was flagged is booked once the flag is lifted.
    is_owed = status is Status.APPROVED and known.booked_at is None
    return is_owed and payment.status != Status.FLAGGED


def _advance(desk: Desk, payment: Payment, sighting: Sighting, *, now: datetime) -> None:
    seen, known = sighting.transaction, desk.attempt_of(sighting.transaction)
    was_booked_at = known.booked_at if known else None
    if seen.status is Status.APPROVED and payment.status != Status.FLAGGED:
        attempt = desk.keep_attempt(payment, seen, booked_at=now, now=now)
        receive_money(desk, Receipt(payment, attempt, paid_at=seen.finalized_at or now))
        _observe_lag(sighting, now=now)
        return
    attempt = desk.keep_attempt(payment, seen, booked_at=was_booked_at, now=now)
    if seen.status is Status.VOIDED and was_booked_at:
        return_money(desk, payment, attempt, now=now)
    else:
        _lose(desk, payment, LOST.get(seen.status))


def _lose(desk: Desk, payment: Payment, outcome: Status | None) -> None:
    if outcome is None or not may_become(payment.status, outcome):
        return
    desk.change(payment, status=outcome.value)
    desk.announce(
        PaymentDeclined(
            payment_id=payment.pk,
            payable_kind=payment.payable_kind,
            payable_id=payment.payable_id,
            client_id=payment.client_id,
            amount=payment.amount,
            currency=payment.currency,
            expires_at=payment.expires_at,
        )
    )
    transaction.on_commit(metrics.DECLINED.labels(kind=payment.kind).inc)


def _flag(
    desk: Desk,
    payment: Payment,
    sighting: Sighting,
    found: dict[str, list[str]],
    *,
    now: datetime,
) -> None:
    if desk.attempt_of(sighting.transaction) is None:
        desk.keep_attempt(payment, sighting.transaction, booked_at=None, now=now)
    if may_become(payment.status, Status.FLAGGED):
        desk.change(payment, status=Status.FLAGGED.value)
    _audit(payment, sighting, "mismatch", found, now=now)
    for field in found:
        transaction.on_commit(metrics.FLAGGED.labels(field=field).inc)


def _audit(
    payment: Payment, sighting: Sighting, what: str, facts: dict[str, Any], *, now: datetime
) -> None:
    logger.error("payment contradicted", extra={"payment": str(payment.pk), "what": what})
    record(
        action=f"finances.payment.{what}",
        subject_kind="finances.payment",
        subject_id=payment.pk,
        actor_id=None,
        now=now,
        facts={"transaction": sighting.transaction.id, **facts},
    )


def _observe_lag(sighting: Sighting, *, now: datetime) -> None:
    if sighting.claim:
        lag = max((now - sighting.claim.at).total_seconds(), 0)
        transaction.on_commit(lambda: metrics.WEBHOOK_LAG.observe(lag))
