"""Refunds at the gateway: stored, sent, looked up until it is certain what became of them (FIN-09).

A refund is committed as `sending` before the gateway hears of it, and no call holds a transaction
(NA-31). Whatever happens in between, a process that dies included, leaves a row that is looked up:
sent again is only what the gateway says it does not have.
"""

import logging
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from finances import metrics
from finances.domain.refunds import (
    LEASE,
    MOST_SENDS,
    PROMISED,
    SEND_WITHIN,
    Destination,
    Means,
    Outcome,
    RefundSighting,
    State,
    is_surely_absent,
    means_of,
    next_look,
    retry_at,
)
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.errors import GatewayAnswerOdd, RefundLookUpMissing, RefundRefused
from finances.gateways.current import gateway, refund_gateway
from finances.models import PaymentAttempt, Refund
from finances.steps.refunds import fail, finish, leave_to_somebody, lock_refund, move_on
from finances.steps.settlement import settle

logger = logging.getLogger(__name__)


def send_next_refund(*, now: datetime) -> bool:
    """Send the refund that has waited longest; `False` when none is due.

    What the gateway refuses is looked up before it is believed: a void may have been refused
    because it is done already.
    """
    started = timezone.now()
    refund = _claim(now=now)
    if refund is None:
        return False
    outcome = "answered"
    try:
        if timezone.now() - started > SEND_WITHIN:
            raise ProviderUnavailable
        answer = _send(refund)
    except RefundRefused as exc:
        outcome = "refused"
        _change(refund, now=now, refusal=str(exc.facts["reason"]), next_look_at=now)
    except (UnknownOutcome, GatewayAnswerOdd):
        outcome = "unknown"
        logger.warning("nobody knows whether a refund was made", exc_info=True)
        _change(refund, now=now, next_look_at=next_look(sent_at=now, now=now))
    except ProviderUnavailable:
        outcome = "not sent"
        logger.warning("a refund cannot be sent", exc_info=True)
        _send_later(refund, now=now)
    else:
        _record(refund, answer, now=now)
    metrics.REFUNDS_SENT.labels(means=refund.means, outcome=outcome).inc()
    return True


def look_up_next_refund(*, now: datetime) -> bool:
    """Ask what became of the refund that has been in doubt longest; `False` when none is due.

    Its next look is fixed before the gateway is asked. A gateway that does not answer costs it
    nothing: its look is due again at once, and the round ends. One that cannot be asked leaves it
    to a person.
    """
    refund = _claim_look(now=now)
    if refund is None:
        return False
    try:
        seen, found = _find(refund)
    except RefundLookUpMissing:
        _without_look_up(refund, now=now)
    except ProviderUnavailable:
        logger.warning("a refund cannot be looked up", exc_info=True)
        _change(refund, now=now, next_look_at=now)
        return False
    else:
        _believe(refund, seen, found, now=now)
    return True


@transaction.atomic(durable=True)
def _claim(*, now: datetime) -> Refund | None:
    due = Refund.objects.filter(
        Q(next_look_at=None) | Q(next_look_at__lte=now),
        state=State.QUEUED,
        destination=Destination.GATEWAY,
    )
    refund = _first(due.order_by("requested_at", "pk"))
    if refund is not None:
        refund.means = _means_of(refund, now=now).value
        move_on(refund, State.SENDING)
        refund.sends += 1
        refund.sent_at, refund.next_look_at = now, now + LEASE
        refund.save()
    return refund


def _means_of(refund: Refund, *, now: datetime) -> Means:
    """A void that was refused is not tried again."""
    attempt = cast(PaymentAttempt, refund.attempt)
    if refund.means == Means.REFUND:
        return Means.REFUND
    return means_of(
        method=attempt.method,
        is_whole=refund.amount == attempt.amount,
        paid_at=attempt.payment.paid_at or now,
        now=now,
        zone=ZoneInfo(settings.TIME_ZONE),
    )


def _send(refund: Refund) -> GatewayTransaction | RefundSighting:
    attempt = cast(PaymentAttempt, refund.attempt)
    if refund.means == Means.VOID:
        return refund_gateway().void(attempt.gateway_id)
    return refund_gateway().refund(
        transaction_id=attempt.gateway_id,
        amount=refund.amount,
        reference=refund.reference,
        reason=refund.reason,
    )


@transaction.atomic(durable=True)
def _record(sent: Refund, answer: GatewayTransaction | RefundSighting, *, now: datetime) -> None:
    refund = _current(sent)
    if refund is None:
        return
    if isinstance(answer, GatewayTransaction):
        _believe_void(refund, answer, now=now)
    else:
        _believe_refund(refund, answer, now=now)


@transaction.atomic(durable=True)
def _send_later(sent: Refund, *, now: datetime) -> None:
    """The gateway has surely not got it: this was no sending."""
    refund = _current(sent)
    if refund is not None:
        refund.sends -= 1
        _queue(refund, at=retry_at(asked_at=refund.requested_at, now=now))


@transaction.atomic(durable=True)
def _claim_look(*, now: datetime) -> Refund | None:
    due = Refund.objects.filter(
        next_look_at__lte=now,
        state__in=[State.SENDING, State.UNKNOWN],
        destination=Destination.GATEWAY,
    )
    refund = _first(due.order_by("next_look_at", "pk"))
    if refund is not None:
        refund.state = State.UNKNOWN.value
        refund.next_look_at = next_look(sent_at=refund.sent_at or now, now=now)
        refund.save(update_fields=["state", "next_look_at", "updated_at"])
    return refund


def _find(refund: Refund) -> tuple[GatewayTransaction | None, RefundSighting | None]:
    """The transaction, and the refund of it where we asked for one."""
    gateway_id = cast(PaymentAttempt, refund.attempt).gateway_id
    seen = gateway().find_by_id(gateway_id)
    if refund.means == Means.VOID or (seen is not None and seen.status is Status.VOIDED):
        return seen, None
    found = refund_gateway().find_refund(transaction_id=gateway_id, reference=refund.reference)
    return seen, found


@transaction.atomic(durable=True)
def _believe(
    looked: Refund,
    seen: GatewayTransaction | None,
    found: RefundSighting | None,
    *,
    now: datetime,
) -> None:
    refund = _current(looked)
    if refund is None:
        return
    if seen is not None and (refund.means == Means.VOID or seen.status is Status.VOIDED):
        _believe_void(refund, seen, now=now)
    elif found is not None:
        _believe_refund(refund, found, now=now)
    elif refund.means == Means.REFUND:
        _believe_absent(refund, now=now)
    else:
        _keep_looking(refund, now=now)


def _believe_void(refund: Refund, seen: GatewayTransaction, *, now: datetime) -> None:
    """A void of ours is settled as any other: it finishes the refund (`steps.refund_voids`)."""
    if seen.status is Status.VOIDED:
        settle([Sighting(seen)], now=now)
        refund.refresh_from_db()
        if refund.state in PROMISED:
            leave_to_somebody(refund, "contradicted", now=now)
    elif refund.refusal and seen.status is Status.APPROVED:
        # It was not voided, and will not be: there is another way.
        refund.means, refund.refusal, refund.sends = Means.REFUND.value, "", 0
        _queue(refund)
    elif seen.status is Status.APPROVED:
        _believe_absent(refund, now=now)
    else:
        _keep_looking(refund, now=now)


def _believe_refund(refund: Refund, found: RefundSighting, *, now: datetime) -> None:
    refund.gateway_id = found.id
    if found.amount != refund.amount:
        leave_to_somebody(refund, "contradicted", now=now)
    elif found.outcome is Outcome.DONE:
        finish(refund, now=now)
    elif found.outcome is Outcome.REFUSED:
        fail(refund, found.status, now=now)
    else:
        _keep_looking(refund, now=now)


def _believe_absent(refund: Refund, *, now: datetime) -> None:
    """The gateway has none: it said no, or never got it; or it may still get it."""
    if refund.refusal:
        fail(refund, refund.refusal, now=now)
    elif not is_surely_absent(sent_at=refund.sent_at or now, now=now):
        _keep_looking(refund, now=now)
    elif refund.sends < MOST_SENDS:
        _queue(refund)
    else:
        leave_to_somebody(refund, "sent too often", now=now)


@transaction.atomic(durable=True)
def _without_look_up(looked: Refund, *, now: datetime) -> None:
    """What was sent once and refused is refused; of anything else only a person can tell."""
    refund = _current(looked)
    if refund is None:
        return
    if refund.refusal and refund.sends == 1:
        fail(refund, refund.refusal, now=now)
    else:
        leave_to_somebody(refund, "no look-up", now=now)


@transaction.atomic(durable=True)
def _change(sent: Refund, *, now: datetime, **changes: Any) -> None:
    """Nobody knows what became of it; unless somebody does by now."""
    refund = _current(sent)
    if refund is not None:
        for name, value in changes.items():
            setattr(refund, name, value)
        refund.state = State.UNKNOWN.value
        refund.save()


def _keep_looking(refund: Refund, *, now: datetime) -> None:
    refund.state = State.UNKNOWN.value
    refund.next_look_at = next_look(sent_at=refund.sent_at or now, now=now)
    if refund.next_look_at is None:
        leave_to_somebody(refund, "never decided", now=now)
    else:
        refund.save()


def _queue(refund: Refund, *, at: datetime | None = None) -> None:
    move_on(refund, State.QUEUED)
    refund.next_look_at = at
    refund.save()


def _current(known: Refund) -> Refund | None:
    """The refund as it is now, locked; `None` if somebody has ended it or sent it anew since."""
    refund = lock_refund(refund_id=known.pk)
    is_ours = refund.state in {State.SENDING, State.UNKNOWN} and refund.sends == known.sends
    return refund if is_ours else None


def _first(due: QuerySet[Refund]) -> Refund | None:
    mine = due.select_related("attempt__payment")
    return mine.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
