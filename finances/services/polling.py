"""Asking the gateway about payments whose webhook never came (FIN-03, NA-24, NA-27)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from core.errors import ProviderUnavailable
from core.selectors.settings import get_settings
from finances import metrics
from finances.domain.schedule import next_look
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import PAYABLE, UNSETTLED, Status
from finances.gateways.current import gateway
from finances.models import FinanceSettings, Payment
from finances.selectors.charges import list_references
from finances.steps.settlement import settle

logger = logging.getLogger(__name__)


def poll_next(*, now: datetime) -> bool:
    """Look at the payment that has been due longest; `False` when there is none to look at.

    One payment a call: its next look is fixed before the gateway is asked, so a payment that cannot
    be settled holds up nobody. A gateway that does not answer costs the payment nothing: its look
    is due again at once, and the round ends. The call is made outside transactions (NA-31).
    """
    payment = _claim(now=now)
    if payment is None:
        return False
    try:
        found = find_all(payment)
    except ProviderUnavailable:
        logger.warning("gateway cannot be polled", exc_info=True)
        metrics.POLLS.labels(outcome="no answer").inc()
        _give_back(payment, now=now)
        return False
    metrics.POLLS.labels(outcome="found" if found else "nothing").inc()
    _record(payment, found, now=now)
    return True


def find_all(payment: Payment) -> list[GatewayTransaction]:
    """What the gateway knows under any reference of a payment that may have news.

    Raises `ProviderUnavailable`.
    """
    references = list_references(payment)
    return [seen for known in references for seen in gateway().find_by_reference(known)]


def _due(rules: FinanceSettings, *, now: datetime) -> QuerySet[Payment]:
    first = now - timedelta(minutes=rules.first_look_minutes)
    return Payment.objects.filter(
        Q(polls=0, opened_at__lte=first) | Q(next_poll_at__lte=now),
        status__in=sorted(UNSETTLED),
    )


@transaction.atomic(durable=True)
def _claim(*, now: datetime) -> Payment | None:
    rules = get_settings(FinanceSettings)
    due = _due(rules, now=now).order_by("next_poll_at", "opened_at", "pk")
    payment = due.select_for_update(skip_locked=True, no_key=True).first()
    if payment is None:
        return None
    payment.polls += 1
    payment.next_poll_at = next_look(
        opened_at=payment.opened_at,
        now=now,
        first=rules.first_looks,
        every=rules.later_looks_every_minutes,
        last=rules.last_look_hours * 60,
    )
    payment.save(update_fields=["polls", "next_poll_at", "updated_at"])
    return payment


@transaction.atomic(durable=True)
def _give_back(payment: Payment, *, now: datetime) -> None:
    unsettled = Payment.objects.filter(pk=payment.pk, status__in=sorted(UNSETTLED))
    unsettled.update(next_poll_at=now)


@transaction.atomic(durable=True)
def _record(payment: Payment, found: list[GatewayTransaction], *, now: datetime) -> None:
    settle([Sighting(seen) for seen in found], now=now)
    is_under_way = any(seen.status is Status.PENDING for seen in found)
    if payment.expires_at <= now and not is_under_way:
        # Whoever opened it closes it too (`expire_payments`); this is for what slipped past.
        Payment.objects.filter(pk=payment.pk, status__in=sorted(PAYABLE)).update(
            status=Status.EXPIRED, updated_at=now
        )
