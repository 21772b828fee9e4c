"""What a sighting of a transaction does to a payment: the one way money is ever settled.

The webhook's handler and the poller both come through here. `lock_cases` takes the payments' rows
in one order, `settle` decides each case under its lock, and whatever it writes commits together:
the attempt, the ledger, the payable above, the payment.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from core.audit import record
from core.db import requires_transaction
from core.outbox import publish
from finances import metrics
from finances.domain.sightings import Sighting, contradictions
from finances.domain.statuses import Status, is_later_in_attempt, may_become
from finances.events import PaymentDeclined
from finances.models import Payment, PaymentAttempt
from finances.steps.receipts import receive_money, return_money

logger = logging.getLogger(__name__)

# How an unbooked ending of one attempt reads on the payment: nothing came of it.
LOST = {
    Status.DECLINED: Status.DECLINED,
    Status.VOIDED: Status.DECLINED,
    Status.ERROR: Status.ERROR,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One sighting and what we know under lock: the payment it means, the attempts of the batch.

    Cases of one batch share these objects, so they change only after the last write of a case has
    succeeded: one that fails must not leave the next a memory of what was rolled back.
    """

    sighting: Sighting
    payment: Payment | None
    attempts: dict[str, PaymentAttempt]

    @property
    def known(self) -> PaymentAttempt | None:
        """The transaction as it was last seen."""
        return self.attempts.get(self.sighting.transaction.id)


@requires_transaction
def lock_cases(sightings: Sequence[Sighting]) -> list[Case]:
    """Lock each payment that is meant, in one order: batches cannot deadlock. Two queries."""
    seen = [sighting.transaction for sighting in sightings]
    payments = {
        payment.reference: payment
        for payment in Payment.objects.filter(reference__in={t.reference for t in seen})
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    attempts = PaymentAttempt.objects.in_bulk({t.id for t in seen}, field_name="gateway_id")
    return [
        Case(sighting, payments.get(sighting.transaction.reference), attempts)
        for sighting in sightings
    ]


@requires_transaction
def settle(case: Case, *, now: datetime) -> None:
    """Bring the payment to where the gateway says it is; never back, and never twice.

    A contradiction flags the payment, is audited and counted, and settles nothing (NA-25).
    """
    seen, claim, payment = case.sighting.transaction, case.sighting.claim, case.payment
    if payment is None:
        logger.warning("transaction of no payment of ours", extra={"transaction": seen.id})
        metrics.EVENTS_IGNORED.labels(reason="not ours").inc()
        return
    if claim and claim.reference != seen.reference:
        _audit(payment, case, "reference-swapped", {"claimed": claim.reference}, now=now)
    found = contradictions(case.sighting, amount=payment.amount, currency=payment.currency)
    if case.known and case.known.payment_id != payment.pk:
        found["reference"] = [payment.reference, seen.reference]
    if found:
        _flag(payment, case, found, now=now)
    elif _is_old_news(payment, case.sighting) or not _is_news(payment, case):
        metrics.EVENTS_IGNORED.labels(reason="nothing new").inc()
    else:
        _advance(payment, case, now=now)


def _is_old_news(payment: Payment, sighting: Sighting) -> bool:
    """Whether a newer event was applied. An approval the gateway confirms today is never old."""
    claim, newest = sighting.claim, payment.newest_event_at
    if claim is None or newest is None or sighting.transaction.status is Status.APPROVED:
        return False
    return claim.at < newest


def _is_news(payment: Payment, case: Case) -> bool:
    known, seen = case.known, case.sighting.transaction
    if known is None or is_later_in_attempt(known.status, seen.status):
        return True
    # Money that was held back while the payment was flagged is booked once the flag is lifted.
    is_owed = seen.status is Status.APPROVED and known.booked_at is None
    return is_owed and payment.status != Status.FLAGGED


def _advance(payment: Payment, case: Case, *, now: datetime) -> None:
    seen, known = case.sighting.transaction, case.known
    if seen.status is Status.APPROVED and payment.status != Status.FLAGGED:
        attempt = _keep_attempt(payment, case, booked_at=now, now=now)
        paid_at = seen.finalized_at or now
        changes = receive_money(payment, attempt, paid_at=paid_at, now=now)
        _observe_lag(case.sighting, now=now)
    elif seen.status is Status.VOIDED and known and known.booked_at:
        attempt = _keep_attempt(payment, case, booked_at=known.booked_at, now=now)
        changes = return_money(payment, attempt, now=now)
    else:
        attempt = _keep_attempt(payment, case, booked_at=None, now=now)
        changes = _lose(payment, LOST.get(seen.status))
    _write(payment, case, attempt, changes, now=now)


def _lose(payment: Payment, outcome: Status | None) -> dict[str, Any]:
    if outcome is None or not may_become(payment.status, outcome):
        return {}
    publish(
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
    return {"status": outcome}


def _flag(payment: Payment, case: Case, found: dict[str, list[str]], *, now: datetime) -> None:
    attempt = case.known or _keep_attempt(payment, case, booked_at=None, now=now)
    _audit(payment, case, "mismatch", found, now=now)
    for field in found:
        transaction.on_commit(metrics.FLAGGED.labels(field=field).inc)
    can_flag = may_become(payment.status, Status.FLAGGED)
    _write(payment, case, attempt, {"status": Status.FLAGGED} if can_flag else {}, now=now)


def _keep_attempt(
    payment: Payment, case: Case, *, booked_at: datetime | None, now: datetime
) -> PaymentAttempt:
    """Insert the attempt or bring it up to date; one statement either way."""
    seen, known = case.sighting.transaction, case.known
    attempt = PaymentAttempt(
        payment=payment,
        gateway_id=seen.id,
        status=seen.status.value,
        amount=seen.amount,
        currency=seen.currency,
        method=seen.method,
        seen_at=now,
        booked_at=booked_at,
    )
    if known is None:
        attempt.save(force_insert=True)
    else:
        attempt.pk = known.pk
        attempt.save(
            force_update=True,
            update_fields=["status", "method", "seen_at", "booked_at", "updated_at"],
        )
    return attempt


def _write(
    payment: Payment,
    case: Case,
    attempt: PaymentAttempt,
    changes: dict[str, Any],
    *,
    now: datetime,
) -> None:
    """The payment's own UPDATE, the last statement of a case; memory follows it."""
    claim, newest = case.sighting.claim, payment.newest_event_at
    if claim and (newest is None or claim.at > newest):
        changes["newest_event_at"] = claim.at
    if changes:
        Payment.objects.filter(pk=payment.pk).update(**changes, updated_at=now)
    for name, value in changes.items():
        setattr(payment, name, value)
    case.attempts[attempt.gateway_id] = attempt


def _audit(
    payment: Payment, case: Case, what: str, facts: dict[str, Any], *, now: datetime
) -> None:
    logger.error("payment contradicted", extra={"payment": str(payment.pk), "what": what})
    record(
        action=f"finances.payment.{what}",
        subject_kind="finances.payment",
        subject_id=payment.pk,
        actor_id=None,
        now=now,
        facts={"transaction": case.sighting.transaction.id, **facts},
    )


def _observe_lag(sighting: Sighting, *, now: datetime) -> None:
    if sighting.claim:
        lag = max((now - sighting.claim.at).total_seconds(), 0)
        transaction.on_commit(lambda: metrics.WEBHOOK_LAG.observe(lag))
