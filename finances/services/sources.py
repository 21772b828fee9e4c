"""Keeping a card or a Nequi account for the next time, and giving it up (FIN-08).

As a charge: the row is committed, then the gateway is asked outside transactions (NA-31), then its
answer written down. What a process that dies leaves behind is `creating` until its lease is over
and then lost: the gateway cannot be asked by anything of ours, and keeps at worst what nobody can
charge.
"""

import json
import logging
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from core.errors import ProviderUnavailable
from core.use_cases import use_case
from finances.domain.means import Acceptance
from finances.domain.sources import LOOK_EVERY, KeptSource, NequiToken, SourceKind, SourceStatus
from finances.errors import GatewayRefused, RefusedByGateway, SourceLost, SourceRefused
from finances.gateways.current import gateway
from finances.models import PaymentSource
from finances.steps.sources import (
    ask_for_source,
    give_up_source,
    prefer_source,
    write_ended,
    write_kept,
)
from users.selectors.people import get_contact

logger = logging.getLogger(__name__)


@use_case
def start_source(*, client_id: UUID, kind: SourceKind, email: str, now: datetime) -> PaymentSource:
    """Order that something be kept (`ask_for_source`, which raises); one of the two below asks."""
    return ask_for_source(client_id=client_id, kind=kind, email=email, now=now)


@use_case
def make_default(*, source_id: UUID, client_id: UUID, now: datetime) -> PaymentSource:
    """The source a client is charged by (`prefer_source`, which raises)."""
    return prefer_source(source_id=source_id, client_id=client_id, now=now)


def keep_card(*, source_id: UUID, token: str, email: str, acceptance: Acceptance) -> None:
    """Have the gateway keep a card that was ordered; raises nothing of the gateway's."""
    source = PaymentSource.objects.get(pk=source_id)
    email = email or get_contact(person_id=source.client_id).email
    ask_to_keep(source, token=token, email=email, acceptance=acceptance)


def ask_nequi(*, source_id: UUID, phone: str, email: str, acceptance: Acceptance) -> None:
    """Ask the owner of a Nequi account in the app; once he said yes the poller has it kept.

    What that takes is stored until then, encrypted. Raises nothing of the gateway's.
    """
    source = PaymentSource.objects.get(pk=source_id)
    try:
        token = gateway().ask_nequi(phone)
    except ProviderUnavailable as doubt:
        _fail(source, doubt)
    except RefusedByGateway as refusal:
        _end(source_id=source_id, status=SourceStatus.REFUSED, refusal=refusal.code)
    else:
        owner = email or get_contact(person_id=source.client_id).email
        _await(source_id=source_id, token=token, email=owner, acceptance=acceptance)


def ask_to_keep(source: PaymentSource, *, token: str, email: str, acceptance: Acceptance) -> None:
    """Spend a token on a source that is `creating`, and write down what came of it."""
    kind = SourceKind(source.kind)
    try:
        kept = gateway().keep_source(kind=kind, token=token, email=email, acceptance=acceptance)
    except ProviderUnavailable as doubt:
        _fail(source, doubt)
    except RefusedByGateway as refusal:
        _end(source_id=source.pk, status=SourceStatus.REFUSED, refusal=refusal.code)
    else:
        keep(source_id=source.pk, kept=kept)


def forget_source(*, source_id: UUID, client_id: UUID, now: datetime) -> None:
    """A client's source serves nobody any more, at once; the gateway forgets it as soon as it can.

    Raises `SourceUnknown`.
    """
    source = _give_up(source_id=source_id, client_id=client_id, now=now)
    if source.status == SourceStatus.VOIDING:
        void_at_gateway(source)


def void_at_gateway(source: PaymentSource) -> bool:
    """Have the gateway forget a source; `False` if it has to be asked again later."""
    try:
        gateway().void_source(source.gateway_id)
    except ProviderUnavailable:
        logger.warning("source not voided yet", exc_info=True, extra={"source": str(source.pk)})
        return False
    _end(source_id=source.pk, status=SourceStatus.VOIDED, refusal="")
    return True


@use_case
def keep(*, source_id: UUID, kept: KeptSource) -> None:
    """Write down what the gateway keeps (`write_kept`)."""
    write_kept(source_id=source_id, kept=kept, now=timezone.now())


@use_case
def _give_up(*, source_id: UUID, client_id: UUID, now: datetime) -> PaymentSource:
    return give_up_source(source_id=source_id, client_id=client_id, now=now)


@use_case
def _end(*, source_id: UUID, status: SourceStatus, refusal: str) -> None:
    write_ended(source_id=source_id, status=status, refusal=refusal, now=timezone.now())


@use_case
def _await(*, source_id: UUID, token: NequiToken, email: str, acceptance: Acceptance) -> None:
    secrets = {
        "token": token.id,
        "email": email,
        "policy": acceptance.policy,
        "personal_data": acceptance.personal_data,
    }
    now = timezone.now()
    asked = PaymentSource.objects.filter(pk=source_id, status=SourceStatus.CREATING)
    asked.update(
        status=SourceStatus.AWAITING,
        pending_secrets=json.dumps(secrets),
        next_look_at=now + LOOK_EVERY,
        updated_at=now,
    )


def _fail(source: PaymentSource, doubt: ProviderUnavailable) -> None:
    logger.warning("source not kept", exc_info=doubt, extra={"source": str(source.pk)})
    is_no = isinstance(doubt, GatewayRefused)
    status = SourceStatus.REFUSED if is_no else SourceStatus.LOST
    code = SourceRefused.code if is_no else SourceLost.code
    _end(source_id=source.pk, status=status, refusal=code)
