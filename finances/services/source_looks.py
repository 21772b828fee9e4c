"""What kept ways to pay wait for: their owner's yes, the gateway's, or to be forgotten (FIN-08)."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from core.errors import ProviderUnavailable
from core.use_cases import use_case
from finances.domain.means import Acceptance
from finances.domain.sources import AWAIT_AT_MOST, LEASE, LOOK_EVERY, NequiToken, SourceStatus
from finances.errors import SourceLost, WalletSaidNo
from finances.gateways.current import gateway
from finances.models import PaymentSource
from finances.services.sources import ask_to_keep, keep, void_at_gateway
from finances.steps.sources import write_ended

logger = logging.getLogger(__name__)


def look_at_next_source(*, now: datetime) -> bool:
    """Do what the source that has been due longest waits for; `False` when nothing can be done.

    Its next look is fixed before the gateway is asked, so one that cannot move holds up nobody, and
    a gateway that is away is asked again then.
    """
    source = _claim(now=now)
    if source is None:
        return False
    try:
        _MOVES[SourceStatus(source.status)](source, now)
    except ProviderUnavailable:
        logger.warning("gateway cannot be asked about a source", exc_info=True)
        return False
    return True


@use_case
def _claim(*, now: datetime) -> PaymentSource | None:
    due = PaymentSource.objects.filter(next_look_at__lte=now, status__in=_MOVES)
    found = due.order_by("next_look_at", "pk")
    source = found.select_for_update(skip_locked=True, no_key=True).first()
    if source is None:
        return None
    source.looks += 1
    # Ever more slowly: the gateway is not asked all day about what somebody forgot.
    source.next_look_at = now + LOOK_EVERY * min(source.looks, 60)
    source.save(update_fields=["looks", "next_look_at", "updated_at"])
    return source


def _see_what_the_owner_said(source: PaymentSource, now: datetime) -> None:
    secrets = json.loads(source.pending_secrets)
    token = gateway().find_nequi(secrets["token"])
    if token.is_approved:
        if _take_secrets(source=source, now=now):
            acceptance = Acceptance(secrets["policy"], secrets["personal_data"])
            ask_to_keep(source, token=token.id, email=secrets["email"], acceptance=acceptance)
    elif _is_no(token, source, now=now):
        _end(source=source, status=SourceStatus.REFUSED, refusal=WalletSaidNo.code, now=now)


def _is_no(token: NequiToken, source: PaymentSource, *, now: datetime) -> bool:
    return token.is_declined or now - source.asked_at > AWAIT_AT_MOST


def _see_what_the_gateway_keeps(source: PaymentSource, now: datetime) -> None:
    keep(source_id=source.pk, kept=gateway().find_source(source.gateway_id))


def _give_up_waiting(source: PaymentSource, now: datetime) -> None:
    """Whoever asked the gateway has died: nothing of ours finds what it may have kept."""
    _end(source=source, status=SourceStatus.LOST, refusal=SourceLost.code, now=now)


def _void(source: PaymentSource, now: datetime) -> None:
    if not void_at_gateway(source):
        raise ProviderUnavailable


_MOVES: Mapping[SourceStatus, Callable[[PaymentSource, datetime], None]] = {
    SourceStatus.AWAITING: _see_what_the_owner_said,
    SourceStatus.CREATING: _give_up_waiting,
    SourceStatus.PENDING: _see_what_the_gateway_keeps,
    SourceStatus.VOIDING: _void,
}


@use_case
def _take_secrets(*, source: PaymentSource, now: datetime) -> bool:
    """Whether the tokens are ours to spend; with the attempt they are gone whatever comes of it."""
    waiting = PaymentSource.objects.filter(pk=source.pk, status=SourceStatus.AWAITING)
    taken = waiting.update(
        status=SourceStatus.CREATING,
        pending_secrets="",
        next_look_at=now + LEASE,
        updated_at=now,
    )
    return bool(taken)


@use_case
def _end(*, source: PaymentSource, status: SourceStatus, refusal: str, now: datetime) -> None:
    write_ended(source_id=source.pk, status=status, refusal=refusal, now=now)
