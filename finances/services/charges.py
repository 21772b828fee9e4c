"""Charging a payment by API: stored, then sent, then believed only by the gateway's books (FIN-01).

The row is committed before the call and the call holds no transaction (NA-31). Whatever happens in
between, a process that dies included, leaves a row that is looked up by its reference
(`services.charge_looks`); nothing is ever sent a second time.
"""

import json
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from core.use_cases import use_case
from finances import metrics
from finances.domain.charges import LOOKS, SEND_WITHIN, ChargeOrder, ChargeStatus, Payer
from finances.domain.means import Means, Method, Spent
from finances.domain.sightings import GatewayTransaction
from finances.domain.sources import SourceKind
from finances.errors import (
    ChargeLost,
    GatewayAnswerOdd,
    GatewayRefused,
    ReferenceUsed,
    RefusedByGateway,
)
from finances.gateways.current import gateway
from finances.models import Charge
from finances.registry import payable_for
from finances.selectors.charges import as_json
from finances.steps.charge_news import take_in
from finances.steps.charges import order_another_charge, order_charge
from users.selectors.people import get_contact

logger = logging.getLogger(__name__)


@use_case
def start_charge(
    *,
    payment_id: UUID,
    client_id: UUID | None,
    means: Means,
    ordered_by: UUID | None,
    now: datetime,
) -> Charge:
    """Order a charge (`order_charge`, which raises); it is sent by `send_charge` afterwards."""
    return order_charge(
        payment_id=payment_id, client_id=client_id, means=means, ordered_by=ordered_by, now=now
    )


@use_case
def retry_charge(
    *,
    payment_id: UUID,
    client_id: UUID | None,
    means: Means,
    ordered_by: UUID | None,
    now: datetime,
) -> Charge:
    """Order another charge (`order_another_charge`, which raises); sent by `send_charge`."""
    return order_another_charge(
        payment_id=payment_id, client_id=client_id, means=means, ordered_by=ordered_by, now=now
    )


def send_charge(*, charge_id: UUID, spent: Spent) -> None:
    """Send an ordered charge, once, and write down what became of it.

    Raises nothing of the gateway's: a refusal is the charge's end, an answer that never came its
    state until it is looked up. A charge that somebody ended, or that waited too long, is not sent:
    the time may have come when others believe that it never will be.
    """
    charge = Charge.objects.select_related("payment", "source").get(pk=charge_id)
    order = _order_of(charge, spent)
    late = timezone.now() > charge.started_at + SEND_WITHIN
    if charge.status != ChargeStatus.SENDING or late:
        logger.warning("charge not sent", extra={"charge": str(charge.pk), "late": late})
        return
    outcome = _ask(charge, order)
    metrics.CHARGES.labels(method=charge.method, outcome=outcome).inc()


def _ask(charge: Charge, order: ChargeOrder) -> str:
    try:
        seen = gateway().charge(order)
    except (UnknownOutcome, GatewayAnswerOdd, ReferenceUsed):
        # A reference that is used already may be this very charge: the gateway's books will say.
        logger.warning("charge without answer", exc_info=True, extra={"charge": str(charge.pk)})
        return _wonder(charge)
    except RefusedByGateway as refusal:
        return _end(charge, ChargeStatus.REFUSED, why=refusal.code)
    except GatewayRefused:
        # Our keys, or our number of questions: nothing the payer could mend.
        logger.exception("gateway does not want us", extra={"charge": str(charge.pk)})
        return _end(charge, ChargeStatus.REFUSED, why=RefusedByGateway.code)
    except ProviderUnavailable:
        return _end(charge, ChargeStatus.LOST, why=ChargeLost.code)
    if seen.reference != charge.reference:
        logger.error("gateway answered for another charge", extra={"charge": str(charge.pk)})
        return _wonder(charge)
    _accept(charge_id=charge.pk, seen=seen, now=timezone.now())
    return ChargeStatus.SENT.value


@use_case
def _accept(*, charge_id: UUID, seen: GatewayTransaction, now: datetime) -> None:
    """The gateway has it: its payment hears of it the one way there is."""
    take_in([seen], now=now)
    Charge.objects.filter(pk=charge_id, status=ChargeStatus.SENDING).update(
        status=ChargeStatus.SENT,
        gateway_id=seen.id,
        next_step=as_json(seen.next_step),
        next_look_at=None,
        updated_at=now,
    )


def _wonder(charge: Charge) -> str:
    _change(charge, status=ChargeStatus.UNKNOWN, next_look_at=timezone.now() + LOOKS[0])
    return ChargeStatus.UNKNOWN.value


def _end(charge: Charge, status: ChargeStatus, *, why: str) -> str:
    _change(charge, status=status, refusal=why, next_look_at=None, ended_at=timezone.now())
    return status.value


@use_case
def _change(charge: Charge, **changes: Any) -> None:
    # Whoever looked meanwhile knows better than the process that was told nothing.
    mine = Charge.objects.filter(pk=charge.pk, status=ChargeStatus.SENDING)
    mine.update(**changes, updated_at=timezone.now())


def _order_of(charge: Charge, spent: Spent) -> ChargeOrder:
    payment, details = charge.payment, json.loads(charge.details or "{}")
    person = get_contact(person_id=payment.client_id)
    token = charge.source.gateway_id if charge.source else spent.token
    if charge.source and charge.source.kind == SourceKind.CARD:
        details.setdefault("installments", 1)
    elif charge.source:
        details.pop("installments", None)  # only cards have them
    return ChargeOrder(
        reference=charge.reference,
        amount=payment.amount,
        currency=payment.currency,
        description=payable_for(payment.payable_kind).describe(payable_id=payment.payable_id),
        expires_at=payment.expires_at,
        return_url=settings.PAYMENT_RETURN_URL,
        payer=Payer(
            email=details.get("email") or person.email,
            full_name=person.full_name,
            phone=person.phone,
        ),
        method=Method(charge.method),
        details=details,
        spent=Spent(token=token, acceptance=spent.acceptance, browser=spent.browser),
        is_recurrent=charge.ordered_by_id is None,
    )
