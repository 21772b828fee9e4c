"""Charges whose answer never came are looked up; those under way are glanced at (FIN-01, NA-24)."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import metrics
from finances.domain.charges import (
    AT_GATEWAY,
    UNRESOLVED,
    ChargeStatus,
    is_lost,
    next_look_after,
)
from finances.domain.sightings import GatewayTransaction
from finances.errors import ChargeLost
from finances.gateways.current import gateway
from finances.models import Charge, FinanceSettings
from finances.selectors.charges import as_json
from finances.selectors.paid import get_paid
from finances.steps.charge_news import take_in

logger = logging.getLogger(__name__)

GLANCE_EVERY = timedelta(seconds=2)


def look_up_next_charge(*, now: datetime) -> bool:
    """Look up the unresolved charge that has been due longest; `False` when none can be.

    By our reference, as all that the poller does (NA-27). A gateway that does not answer costs the
    charge nothing: only its word that it knows nothing, late enough, makes a charge lost.
    """
    charge = _claim(now=now)
    if charge is None:
        return False
    try:
        found = gateway().find_by_reference(charge.reference)
    except ProviderUnavailable:
        logger.warning("charge cannot be looked up", exc_info=True)
        metrics.CHARGE_LOOKS.labels(outcome="no answer").inc()
        return False
    metrics.CHARGE_LOOKS.labels(outcome="found" if found else "nothing").inc()
    _record(charge_id=charge.pk, found=found, now=now)
    return True


@use_case
def _claim(*, now: datetime) -> Charge | None:
    due = Charge.objects.filter(next_look_at__lte=now, status__in=UNRESOLVED)
    charge = (
        due.select_for_update(skip_locked=True, no_key=True).order_by("next_look_at", "pk").first()
    )
    if charge is None:
        return None
    charge.looks += 1
    charge.next_look_at = charge.started_at + next_look_after(now - charge.started_at)
    charge.save(update_fields=["looks", "next_look_at", "updated_at"])
    return charge


@use_case
def _record(*, charge_id: UUID, found: list[GatewayTransaction], now: datetime) -> None:
    take_in(found, now=now)
    charge = Charge.objects.select_for_update(no_key=True).get(pk=charge_id)
    if charge.status not in UNRESOLVED:
        return
    lost_after = timedelta(minutes=get_settings(FinanceSettings).charge_lost_minutes)
    charge.status = ChargeStatus.UNKNOWN
    if found:
        charge.status, charge.gateway_id = ChargeStatus.FOUND, found[-1].id
        charge.next_step, charge.next_look_at = as_json(found[-1].next_step), None
    elif is_lost(now - charge.started_at, after=lost_after):
        charge.status, charge.refusal = ChargeStatus.LOST, ChargeLost.code
        charge.ended_at, charge.next_look_at = now, None
    charge.save()


def show_payment(*, payment_id: UUID, client_id: UUID | None, now: datetime) -> dict[str, Any]:
    """The API's payment with its newest charge, after a short glance at one that is under way.

    What the payer does next is known to the gateway only, a moment after the charge; so is its end
    when he comes back. At most one glance every few seconds whoever asks; a gateway that is slow or
    away changes nothing. Raises `PaymentUnknown`.
    """
    shown = get_paid(payment_id=payment_id, client_id=client_id)
    charge = shown["charge"]
    if charge is None or charge["status"] not in AT_GATEWAY:
        return shown
    gateway_id = _take_glance(charge_id=UUID(charge["id"]), now=now)
    if gateway_id is None:
        return shown
    try:
        seen = gateway().glance(gateway_id)
    except ProviderUnavailable:
        return shown
    if seen is not None:
        _note(charge_id=UUID(charge["id"]), seen=seen, now=timezone.now())
    return get_paid(payment_id=payment_id, client_id=client_id)


@use_case
def _take_glance(*, charge_id: UUID, now: datetime) -> str | None:
    """The transaction to look at, if nobody just did."""
    rested = Q(seen_at=None) | Q(seen_at__lte=now - GLANCE_EVERY)
    mine = Charge.objects.filter(rested, pk=charge_id, status__in=AT_GATEWAY)
    if not mine.update(seen_at=now):
        return None
    return Charge.objects.values_list("gateway_id", flat=True).get(pk=charge_id)


@use_case
def _note(*, charge_id: UUID, seen: GatewayTransaction, now: datetime) -> None:
    take_in([seen], now=now)
    under_way = Charge.objects.filter(pk=charge_id, status__in=AT_GATEWAY)
    under_way.update(next_step=as_json(seen.next_step), updated_at=now)
