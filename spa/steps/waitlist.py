"""The line of one place: offers that end, in the order of locks line, offer, occupancy (SPA-12).

Who hands out time of a place, or ends an offer to hand it on, holds the place's line until commit:
two workers cannot offer at once, so the order of the line holds. Bookings never wait for a line.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.db import execute, fetch, requires_transaction
from core.outbox import publish_all
from notifications.steps.withdrawal import withdraw
from spa import errors
from spa.domain.waiting import EntryStatus, OfferStatus, Span
from spa.events import TimeFreed
from spa.models import WaitlistEntry, WaitlistOffer
from spa.steps.occupancy import Claim, release

OFFER_KIND = "spa.waitlist_offer"

# Plain statements: all time that comes free asks, and at most places nobody waits.
SOMEBODY = """
SELECT EXISTS (SELECT FROM spa_waitlistentry
                WHERE location_id = %(place)s AND status = 'waiting')
    OR EXISTS (SELECT FROM spa_waitlistoffer AS offer
                 JOIN spa_waitlistentry AS entry ON entry.id = offer.entry_id
                WHERE entry.location_id = %(place)s AND offer.status = 'open')
"""
TAKEN = "SELECT location_id, starts_at, ends_at, claims FROM spa_appointment WHERE id = %s"


@requires_transaction
def lock_line(*, location_id: UUID) -> None:
    """Hold a place's line until this transaction ends."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"waitlist {location_id}"])


def is_line_empty(*, location_id: UUID) -> bool:
    """Whether nobody waits at a place and nobody has an offer to answer. One query.

    Who joins this moment looks at what is free by themselves.
    """
    ((somebody,),) = fetch(SOMEBODY, {"place": location_id})
    return not somebody


@requires_transaction
def lock_open_offer(*, offer_id: UUID, now: datetime) -> WaitlistOffer:
    """An offer that may be answered, with its entry, under lock: who answers it is the only one.

    Raises `OfferNotFound`, `OfferExpired`, `OfferClosed`.
    """
    found = WaitlistOffer.objects.filter(pk=offer_id).select_related("entry", "entry__location")
    offer = found.select_for_update(no_key=True, of=("self",)).first()
    if offer is None:
        raise errors.OfferNotFound
    if offer.status in (OfferStatus.ACCEPTED, OfferStatus.DECLINED):
        raise errors.OfferClosed
    if offer.status == OfferStatus.EXPIRED or offer.expires_at <= now:
        raise errors.OfferExpired
    return offer


@requires_transaction
def lock_if_open(*, offer_id: UUID, now: datetime) -> bool:
    """Whether the offer may be answered, and stays so until this transaction ends."""
    offers = WaitlistOffer.objects.filter(pk=offer_id, status=OfferStatus.OPEN, expires_at__gt=now)
    return offers.select_for_update(no_key=True).exists()


@requires_transaction
def end_offers(offers: Sequence[WaitlistOffer], status: OfferStatus, *, now: datetime) -> None:
    """End locked offers without a visit: their time is free, and their message pointless."""
    ids = [offer.pk for offer in offers]
    WaitlistOffer.objects.filter(pk__in=ids).update(status=status, ended_at=now, updated_at=now)
    release(source_ids=ids)
    withdraw(event_ids=ids, now=now)


@requires_transaction
def end_overdue(*, location_id: UUID, now: datetime) -> list[Span]:
    """End the offers of a place whose time to answer is over; returns what that freed.

    An offer somebody else has locked is left alone: it is being accepted, or ended, this moment.
    """
    overdue = WaitlistOffer.objects.filter(
        entry__location_id=location_id, status=OfferStatus.OPEN, expires_at__lte=now
    )
    ended = list(overdue.order_by("pk").select_for_update(skip_locked=True, no_key=True))
    end_offers(ended, OfferStatus.EXPIRED, now=now)
    return [span_of(offer) for offer in ended]


@requires_transaction
def end_overdue_offers(*, source_ids: Collection[UUID], now: datetime) -> int:
    """End those of some offers whose time to answer is over, for whoever needs their time (SPA-07).

    What is left of it goes to the next in the line later: who needs it now does not wait for that.
    """
    overdue = WaitlistOffer.objects.filter(
        pk__in=source_ids, status=OfferStatus.OPEN, expires_at__lte=now
    )
    ended = list(
        overdue.select_related("entry")
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    end_offers(ended, OfferStatus.EXPIRED, now=now)
    publish_all([_freed(offer) for offer in ended])
    return len(ended)


@requires_transaction
def close_entry(*, entry_id: UUID, status: EntryStatus, now: datetime) -> bool:
    """Let somebody wait no more; whether they still did. One conditional UPDATE."""
    waiting = WaitlistEntry.objects.filter(pk=entry_id, status=EntryStatus.WAITING)
    return bool(waiting.update(status=status, closed_at=now, updated_at=now))


def span_of(offer: WaitlistOffer) -> Span:
    """All the time an offer keeps, buffers included."""
    claims = [Claim.load(values) for values in offer.crew["claims"]]
    return Span(min(c.begins for c in claims), max(c.ends for c in claims))


def freed_by(*, appointment_id: UUID, starts_at: datetime) -> tuple[UUID, Span] | None:
    """Where and what a visit took while it began at `starts_at`, buffers included. One query."""
    found = fetch(TAKEN, [appointment_id])
    if not found:
        return None
    location_id, began, ended, claimed = found[0]
    # It may begin at another time by now, or have another crew; it is as long as it was.
    moved = starts_at - began
    claims = [Claim.load(values) for values in msgspec.json.decode(claimed)]
    begins = min([began, *(claim.begins for claim in claims)])
    ends = max([ended, *(claim.ends for claim in claims)])
    return location_id, Span(begins + moved, ends + moved)


def _freed(offer: WaitlistOffer) -> TimeFreed:
    span = span_of(offer)
    return TimeFreed(location_id=offer.entry.location_id, begins=span.begins, ends=span.ends)
