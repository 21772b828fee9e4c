"""Bringing stored batches to the provider, and finding out what became of them (NA-30, NA-31).

claim ─► look up, if it may be there already ─► mark as sending ─► call ─► write the outcome

Each arrow is a commit. A worker that dies on any of them leaves a row whose lease ends: the next
one looks it up by its reference before it sends anything, and sends with the same key or not at
all.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from core.db import execute
from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from core.money import ZERO
from core.selectors.settings import get_settings
from finances import metrics
from finances.domain.payout_sightings import BatchState, SeenPayout
from finances.domain.payouts import (
    OPEN,
    Failure,
    Next,
    PayoutStatus,
    after_not_found,
    failure_of_batch,
    next_look,
)
from finances.errors import PayoutKeyUsed, PayoutRefused
from finances.gateways.payouts_current import payouts_gateway
from finances.gateways.payouts_port import OrderLine, PayoutOrder
from finances.models import FinanceSettings, Payout, PayoutLine
from finances.steps.payout_sightings import advance, lock_payout, reject

logger = logging.getLogger(__name__)

# Longer than all calls of one turn together may take.
LEASE = timedelta(minutes=5)
ONE_DAYS_SUM = "SELECT pg_advisory_xact_lock(hashtextextended('finances.payouts.day', 0))"


def work_on_next_payout(*, now: datetime) -> bool:
    """Take up the batch that has waited longest; `False` when none is due or nobody answers.

    A provider that does not answer costs the batch nothing but time: it is looked at again, ever
    less often, and what may have been taken is never sent under another key.
    """
    payout = _claim(now=now)
    if payout is None:
        return False
    try:
        if payout.status == PayoutStatus.SENT or payout.attempts:
            seen = _look(payout)
            if seen is not None or payout.status == PayoutStatus.SENT:
                _record_seen(payout, seen, now=now)
                return True
            if not _may_send(payout, now=now):
                return True
        _send(payout, now=now)
    except ProviderUnavailable:
        logger.warning("payouts provider does not answer", exc_info=True)
        metrics.PAYOUT_STEPS.labels(outcome="no answer").inc()
        _come_back(payout, now=now)
        return False
    return True


def _look(payout: Payout) -> SeenPayout | None:
    gateway = payouts_gateway()
    if payout.gateway_id:
        return gateway.find_by_id(payout.gateway_id)
    return gateway.find_by_reference(payout.reference)


def _send(payout: Payout, *, now: datetime) -> None:
    gateway = payouts_gateway()
    account_id = payout.account_id or gateway.find_account()
    limit = min(gateway.daily_limit(), get_settings(FinanceSettings).payout_limit)
    marked = _mark_as_sending(payout, account_id=account_id, limit=limit, now=now)
    if marked is None:
        return
    order = _order(marked)
    try:
        gateway_id = gateway.create(order)
    except PayoutRefused as refusal:
        _record_refusal(marked, refusal, now=now)
    except (UnknownOutcome, PayoutKeyUsed):
        logger.warning("it is not known whether a payout was taken", exc_info=True)
        _record_unknown(marked, now=now)
    except ProviderUnavailable:
        _record_unknown(marked, now=now)
        raise
    else:
        taken = SeenPayout(gateway_id, marked.reference, BatchState.UNDER_WAY, ())
        _record_seen(marked, taken, now=now)


@transaction.atomic(durable=True)
def _claim(*, now: datetime) -> Payout | None:
    due = Payout.objects.filter(next_look_at__lte=now, status__in=sorted(OPEN))
    found = due.order_by("next_look_at", "pk").select_for_update(skip_locked=True, no_key=True)
    payout = found.first()
    if payout is None:
        return None
    if payout.status == PayoutStatus.SENDING:
        # Whoever was sending it is gone, and with them whether it was taken.
        payout.status = PayoutStatus.UNKNOWN.value
    payout.next_look_at = now + LEASE
    payout.save(update_fields=["status", "next_look_at", "updated_at"])
    return payout


@transaction.atomic(durable=True)
def _mark_as_sending(
    claimed: Payout, *, account_id: str, limit: Decimal, now: datetime
) -> Payout | None:
    """Note that it leaves now, before it does; `None` when it may not, or is another worker's."""
    execute(ONE_DAYS_SUM)
    payout = lock_payout(payout_id=claimed.pk)
    if not _is_ours(payout, claimed):
        return None
    if payout.first_sent_at is None and not _fits_into_today(payout, limit, now=now):
        return None
    payout.status = PayoutStatus.SENDING.value
    payout.account_id = account_id
    payout.attempts += 1
    payout.first_sent_at = payout.first_sent_at or now
    payout.last_sent_at = now
    payout.save()
    return payout


def _is_ours(payout: Payout, claimed: Payout) -> bool:
    """Whether nobody has taken it up since: each who does moves the end of the lease."""
    return payout.next_look_at == claimed.next_look_at and payout.attempts == claimed.attempts


def _fits_into_today(payout: Payout, limit: Decimal, *, now: datetime) -> bool:
    """Whether today's limit has room for it; otherwise it waits for tomorrow, or can never be."""
    if payout.amount > limit:
        reject(payout, Failure.DAILY_LIMIT, detail=f"{payout.amount} > {limit}", now=now)
        return False
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    left_today = Payout.objects.filter(first_sent_at__gte=today).exclude(
        status=PayoutStatus.REJECTED
    )
    sent = left_today.aggregate(sum=Sum("amount"))["sum"] or ZERO
    if sent + payout.amount <= limit:
        return True
    payout.next_look_at = today + timedelta(days=1, minutes=5)
    payout.save(update_fields=["next_look_at", "updated_at"])
    metrics.PAYOUT_STEPS.labels(outcome="tomorrow").inc()
    return False


def _order(payout: Payout) -> PayoutOrder:
    lines = payout.lines.select_related("payee").order_by("pk")
    return PayoutOrder(
        reference=payout.reference,
        idempotency_key=str(payout.idempotency_key),
        account_id=payout.account_id,
        payment_type=payout.payment_type,
        lines=[_order_line(line) for line in lines],
    )


def _order_line(line: PayoutLine) -> OrderLine:
    payee = line.payee
    return OrderLine(
        reference=line.reference,
        legal_id_kind=payee.legal_id_kind,
        legal_id=payee.legal_id.replace("-", ""),
        bank_id=payee.bank_id,
        account_type=payee.account_type,
        account_number=payee.account_number,
        name=payee.name,
        email=payee.email,
        amount=line.amount,
    )


@transaction.atomic(durable=True)
def _may_send(claimed: Payout, *, now: datetime) -> bool:
    """Whether to send what the provider says it does not know; if not, what happens instead."""
    payout = lock_payout(payout_id=claimed.pk)
    if not _is_ours(payout, claimed):
        return False
    following = after_not_found(
        first_sent_at=payout.first_sent_at,
        last_sent_at=payout.last_sent_at,
        is_refused=bool(payout.failure),
        now=now,
    )
    if following is Next.GIVE_UP:
        failure = Failure(payout.failure or Failure.NOT_TAKEN)
        reject(payout, failure, detail=payout.failure_detail, now=now)
    elif following is Next.LOOK_LATER:
        _postpone(payout, now=now)
    return following is Next.SEND


@transaction.atomic(durable=True)
def _record_seen(claimed: Payout, seen: SeenPayout | None, *, now: datetime) -> None:
    payout = lock_payout(payout_id=claimed.pk)
    if seen is not None:
        metrics.PAYOUT_STEPS.labels(outcome="at the provider").inc()
        advance(payout, seen, now=now)
    elif payout.status in OPEN:
        # The provider took it and says now that there is none: its books are odd, ours wait.
        logger.error("a payout has vanished", extra={"payout": str(payout.pk)})
        _postpone(payout, now=now)


@transaction.atomic(durable=True)
def _record_refusal(sent: Payout, refusal: PayoutRefused, *, now: datetime) -> None:
    """The provider said no. To the first request that is final: nothing was taken.

    To a later one it is not: an earlier request may have been taken late, and used up the very
    money whose lack is the reason. So it is looked up once more when that must have shown.
    """
    payout = lock_payout(payout_id=sent.pk)
    if payout.status != PayoutStatus.SENDING or payout.attempts != sent.attempts:
        return
    metrics.PAYOUT_STEPS.labels(outcome="refused").inc()
    failure = failure_of_batch(str(refusal.facts["code"]))
    detail = str(refusal.facts["reason"])
    if payout.attempts == 1:
        reject(payout, failure, detail=detail, now=now)
        return
    payout.status = PayoutStatus.UNKNOWN.value
    payout.failure, payout.failure_detail = failure.value, detail[:200]
    _postpone(payout, now=now)


@transaction.atomic(durable=True)
def _record_unknown(sent: Payout, *, now: datetime) -> None:
    payout = lock_payout(payout_id=sent.pk)
    if payout.status != PayoutStatus.SENDING or payout.attempts != sent.attempts:
        return
    metrics.PAYOUT_STEPS.labels(outcome="unknown").inc()
    payout.status = PayoutStatus.UNKNOWN.value
    _postpone(payout, now=now)


@transaction.atomic(durable=True)
def _come_back(claimed: Payout, *, now: datetime) -> None:
    """Nobody answered, or not to us: the batch is as it was, and its turn comes again."""
    payout = lock_payout(payout_id=claimed.pk)
    if _is_ours(payout, claimed):
        _postpone(payout, now=now)


def _postpone(payout: Payout, *, now: datetime) -> None:
    payout.next_look_at = next_look(payout.looks, now=now)
    payout.looks += 1
    payout.save()
