"""Ways to pay that are kept: asked for, kept, preferred, given up (FIN-08).

All of a person's are changed under that person's lock, so that one is the default and none is kept
twice; the database says the same (`finances_paymentsource_kept_once`, `…_one_default`).
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from core.crypto import blind_index
from core.db import requires_transaction
from finances import errors
from finances.domain.sources import (
    LEASE,
    LIVE,
    MOST_SOURCES,
    SHOWN,
    KeptSource,
    SourceKind,
    SourceStatus,
)
from finances.models import PaymentSource
from users.selectors.people import get_contact
from users.steps.locks import lock_person

# A person may stop wanting it while the gateway still answers.
UNWANTED = frozenset({SourceStatus.VOIDING, SourceStatus.VOIDED})


@requires_transaction
def ask_for_source(
    *, client_id: UUID, kind: SourceKind, email: str, now: datetime
) -> PaymentSource:
    """Store that a client wants something kept, before the gateway is asked.

    Raises `SourcesTooMany`, `EmailNeeded`.
    """
    lock_person(person_id=client_id)
    if not email and not get_contact(person_id=client_id).email:
        raise errors.EmailNeeded
    if PaymentSource.objects.filter(client_id=client_id, status__in=SHOWN).count() >= MOST_SOURCES:
        raise errors.SourcesTooMany(limit=MOST_SOURCES)
    return PaymentSource.objects.create(
        client_id=client_id,
        kind=kind.value,
        status=SourceStatus.CREATING,
        asked_at=now,
        next_look_at=now + LEASE,
    )


@requires_transaction
def write_kept(*, source_id: UUID, kept: KeptSource, now: datetime) -> None:
    """What the gateway answered when it was asked to keep something, or about something it keeps.

    A card or an account that is kept already, and one that nobody wants any more, is given up at
    the gateway too: it goes `voiding`.
    """
    source = _lock(source_id=source_id)
    source.gateway_id, source.pending_secrets = kept.id, ""
    source.brand, source.last_four = kept.brand, kept.last_four
    source.fingerprint = blind_index(kept.identity, purpose="finances.payment-source")
    if source.status in UNWANTED:
        _give_up(source, now=now)
    elif _twin_of(source).exists():
        source.refusal = errors.SourceKeptAlready.code
        _give_up(source, now=now)
    elif kept.status in LIVE:
        source.status = kept.status
        source.is_default = source.is_default or not _default_of(source).exists()
        if kept.status == SourceStatus.AVAILABLE:
            source.next_look_at = None
    else:
        source.refusal = errors.SourceRefused.code
        _end(source, kept.status, now=now)
    source.save()


@requires_transaction
def write_ended(*, source_id: UUID, status: SourceStatus, refusal: str, now: datetime) -> None:
    """It is not kept, and why; one that ended otherwise meanwhile stays as it is."""
    source = _lock(source_id=source_id)
    if source.status in SHOWN or status == SourceStatus.VOIDED:
        source.refusal = refusal or source.refusal
        _end(source, status, now=now)
        source.save()


@requires_transaction
def give_up_source(*, source_id: UUID, client_id: UUID, now: datetime) -> PaymentSource:
    """A client's source serves nobody from now on. Raises `SourceUnknown`.

    The gateway forgets it afterwards. If it was the default, the newest of the others is. Again it
    has no effect.
    """
    source = _lock(source_id=source_id, client_id=client_id)
    if source.status not in SHOWN:
        return source
    was_default, source.is_default = source.is_default, False
    _give_up(source, now=now)
    source.save()
    if was_default:
        others = PaymentSource.objects.filter(client_id=client_id, status=SourceStatus.AVAILABLE)
        newest = others.order_by("-asked_at", "-pk").first()
        if newest is not None:
            newest.is_default = True
            newest.save(update_fields=["is_default", "updated_at"])
    return source


@requires_transaction
def prefer_source(*, source_id: UUID, client_id: UUID, now: datetime) -> PaymentSource:
    """A client's source becomes the default. Raises `SourceUnknown`, `SourceNotUsable`."""
    source = _lock(source_id=source_id, client_id=client_id)
    if source.status not in LIVE:
        raise errors.SourceNotUsable
    _default_of(source).update(is_default=False, updated_at=now)
    source.is_default = True
    source.save(update_fields=["is_default", "updated_at"])
    return source


def _lock(*, source_id: UUID, client_id: UUID | None = None) -> PaymentSource:
    """The source, its owner locked first."""
    found = PaymentSource.objects.filter(pk=source_id)
    mine = found if client_id is None else found.filter(client_id=client_id)
    owner = mine.values_list("client_id", flat=True).first()
    if owner is None:
        raise errors.SourceUnknown
    lock_person(person_id=owner)
    return mine.select_for_update(no_key=True).get()


def _twin_of(source: PaymentSource) -> QuerySet[PaymentSource]:
    alike = PaymentSource.objects.filter(
        client_id=source.client_id, fingerprint=source.fingerprint, status__in=LIVE
    )
    return alike.exclude(pk=source.pk)


def _default_of(source: PaymentSource) -> QuerySet[PaymentSource]:
    return PaymentSource.objects.filter(client_id=source.client_id, is_default=True)


def _give_up(source: PaymentSource, *, now: datetime) -> None:
    if source.gateway_id:
        source.status, source.next_look_at = SourceStatus.VOIDING, now
        source.pending_secrets = ""
    else:
        _end(source, SourceStatus.VOIDED, now=now)


def _end(source: PaymentSource, status: SourceStatus, *, now: datetime) -> None:
    source.status, source.is_default, source.pending_secrets = status, False, ""
    source.ended_at, source.next_look_at = now, None
