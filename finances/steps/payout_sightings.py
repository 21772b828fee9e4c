"""What the provider says of a batch becomes ours: the one way a payout ever ends as paid.

Our own answer, the webhook, the poller and a person who asks again all come through here.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.db import requires_transaction
from core.money import ZERO
from finances import metrics
from finances.domain.payout_sightings import BatchState, SeenLine, SeenPayout, Verdict, judge
from finances.domain.payouts import (
    OPEN,
    Failure,
    LineStatus,
    PayoutStatus,
    failure_of_line,
    next_look,
)
from finances.models import Payout, PayoutLine
from finances.steps.payouts import approve_line, give_line_back

logger = logging.getLogger(__name__)


@requires_transaction
def lock_payout(*, payout_id: UUID) -> Payout:
    """The payout, nobody else's until commit."""
    return Payout.objects.select_for_update(no_key=True).get(pk=payout_id)


@requires_transaction
def apply_seen(seen: Sequence[SeenPayout], *, now: datetime) -> None:
    """Bring each batch to where the provider says it is; never back, and never twice.

    A batch of the provider that is none of ours is left alone. Locks in one order.
    """
    by_reference = {one.reference: one for one in seen}
    payouts = Payout.objects.filter(reference__in=list(by_reference)).order_by("pk")
    for payout in payouts.select_for_update(no_key=True):
        advance(payout, by_reference[payout.reference], now=now)


@requires_transaction
def advance(payout: Payout, seen: SeenPayout, *, now: datetime) -> None:
    """The locked batch is at the provider: end each line that has ended there."""
    if payout.gateway_id not in {"", seen.gateway_id}:
        _flag_batch(payout, seen, now=now)
        return
    if payout.status not in OPEN:
        _late_news(payout, seen, now=now)
        return
    payout.gateway_id = seen.gateway_id
    payout.failure = payout.failure_detail = ""
    if payout.first_sent_at is None:
        # It was sent by a worker whose own note of that is lost with it; the provider has it.
        payout.first_sent_at = payout.last_sent_at = now
    mine = payout.lines.select_related("payee").order_by("pk")
    lines = {line.reference: line for line in mine}
    for one in seen.lines:
        if (line := lines.get(one.reference)) is not None:
            _advance_line(line, one, now=now)
    if seen.state is BatchState.OVER:
        _flag_missing(lines.values(), seen, now=now)
    if seen.state is BatchState.REJECTED:
        reject(payout, Failure.REFUSED, now=now)
    else:
        _write(payout, list(lines.values()), now=now)


@requires_transaction
def reject(payout: Payout, failure: Failure, *, detail: str = "", now: datetime) -> None:
    """Nothing more will be paid of the locked batch: what is still in transit is owed again."""
    pending = payout.lines.filter(status=LineStatus.PENDING).select_related("payee")
    for line in pending.order_by("pk"):
        give_line_back(line, LineStatus.CANCELLED, failure, detail=detail, now=now)
    payout.status, payout.ended_at = PayoutStatus.REJECTED.value, now
    payout.failure, payout.failure_detail = failure.value, detail[:200]
    payout.next_look_at = None
    payout.save()
    _audit(payout, "rejected", {"failure": failure.value, "detail": detail[:200]}, now=now)
    transaction.on_commit(metrics.PAYOUTS.labels(outcome=failure.value).inc)


def _advance_line(line: PayoutLine, seen: SeenLine, *, now: datetime) -> None:
    verdict = judge(current=line.status, amount=line.amount, seen=seen)
    line.gateway_id = seen.gateway_id
    if verdict is Verdict.CONTRADICTS:
        _flag_line(line, seen, now=now)
    elif verdict is Verdict.END and seen.status is LineStatus.APPROVED:
        approve_line(line, now=now)
        transaction.on_commit(metrics.PAYOUT_LINES.labels(outcome="approved").inc)
    elif verdict is Verdict.END:
        failure = failure_of_line(seen.code)
        detail = f"{seen.code} {seen.reason}".strip()
        give_line_back(line, seen.status, failure, detail=detail, now=now)
        transaction.on_commit(metrics.PAYOUT_LINES.labels(outcome=failure.value).inc)


def _write(payout: Payout, lines: Sequence[PayoutLine], *, now: datetime) -> None:
    """A batch ends with its last line; until then it is looked at again, ever less often."""
    if any(line.status == LineStatus.PENDING for line in lines):
        payout.status = PayoutStatus.SENT.value
        payout.next_look_at = next_look(payout.looks, now=now)
        payout.looks += 1
    else:
        payout.status, payout.ended_at = PayoutStatus.FINISHED.value, now
        payout.next_look_at = None
        transaction.on_commit(metrics.PAYOUTS.labels(outcome="finished").inc)
    payout.save()


def _late_news(payout: Payout, seen: SeenPayout, *, now: datetime) -> None:
    """A batch that is over here: what was paid all the same is a person's to put right."""
    lines = {line.reference: line for line in payout.lines.order_by("pk")}
    for one in seen.lines:
        line = lines.get(one.reference)
        if line and judge(current=line.status, amount=line.amount, seen=one) is Verdict.CONTRADICTS:
            _flag_line(line, one, now=now)


def _flag_line(line: PayoutLine, seen: SeenLine, *, now: datetime) -> None:
    if line.flagged_at is not None:
        return
    line.flagged_at = now
    line.save(update_fields=["flagged_at", "updated_at"])
    facts = {
        "line": line.reference,
        "ours": [line.status, str(line.amount)],
        "theirs": [seen.status.value, str(seen.amount)],
    }
    _contradicted(line.payout, facts, now=now)


def _flag_batch(payout: Payout, seen: SeenPayout, *, now: datetime) -> None:
    """Two batches of the provider's under one reference of ours: money may have left twice."""
    for line in payout.lines.filter(flagged_at=None):
        line.flagged_at = now
        line.save(update_fields=["flagged_at", "updated_at"])
        ids = [payout.gateway_id, seen.gateway_id]
        _contradicted(payout, {"line": line.reference, "batches": ids}, now=now)


def _flag_missing(lines: Iterable[PayoutLine], seen: SeenPayout, *, now: datetime) -> None:
    """The provider is done with the batch and says nothing of a line of ours."""
    listed = {one.reference for one in seen.lines}
    for line in lines:
        if line.status == LineStatus.PENDING and line.reference not in listed:
            absent = SeenLine("", line.reference, LineStatus.PENDING, ZERO)
            _flag_line(line, absent, now=now)


def _contradicted(payout: Payout, facts: dict[str, Any], *, now: datetime) -> None:
    _audit(payout, "contradicted", facts, now=now)
    transaction.on_commit(metrics.PAYOUTS_CONTRADICTED.inc)


def _audit(payout: Payout, what: str, facts: dict[str, Any], *, now: datetime) -> None:
    logger.warning("payout needs a look", extra={"payout": str(payout.pk), "what": what})
    record(
        action=f"finances.payout.{what}",
        subject_kind="finances.payout",
        subject_id=payout.pk,
        actor_id=None,
        now=now,
        facts=facts,
    )
