"""Waiting for a time to come free, and answering when one does (SPA-12, NA-15)."""

from datetime import datetime
from uuid import UUID

from core import audit
from core.use_cases import use_case
from spa import errors
from spa.domain.waiting import EntryStatus, OfferStatus
from spa.models import WaitlistEntry, WaitlistOffer
from spa.selectors.waitlist import get_entry, get_offer
from spa.steps.waitlist import close_entry, end_offers, lock_line, lock_open_offer, span_of
from spa.steps.waitlist_joining import Search, join
from spa.steps.waitlist_offers import pass_on


@use_case
def join_waitlist(
    *, search: Search, client_id: UUID, actor_id: UUID, priority: int, now: datetime
) -> WaitlistEntry:
    """Let somebody wait for a time that is taken now; staff may do so for a client, with priority.

    Raises the refusals of `join`.
    """
    return join(search, client_id=client_id, actor_id=actor_id, priority=priority, now=now)


@use_case
def leave_waitlist(*, entry_id: UUID, client_id: UUID | None, now: datetime) -> None:
    """Wait no more. A time that was on offer goes to the next at once.

    `client_id`: only their own; `None` for staff. Raises `WaitlistEntryNotFound`,
    `WaitlistEntryClosed`.
    """
    location_id = get_entry(entry_id=entry_id, client_id=client_id).location_id
    lock_line(location_id=location_id)
    offers = WaitlistOffer.objects.filter(entry_id=entry_id, status=OfferStatus.OPEN)
    declined = list(offers.select_for_update(no_key=True))
    end_offers(declined, OfferStatus.DECLINED, now=now)
    if not close_entry(entry_id=entry_id, status=EntryStatus.LEFT, now=now):
        raise errors.WaitlistEntryClosed
    if declined:
        pass_on(location_id=location_id, freed=[span_of(offer) for offer in declined], now=now)


@use_case
def decline_offer(*, offer_id: UUID, client_id: UUID | None, now: datetime) -> UUID:
    """Let an offered time go to the next at once; one goes on waiting for another (NA-15).

    Returns the entry that waits. Raises `OfferNotFound`, `OfferExpired`, `OfferClosed`.
    """
    location_id = get_offer(offer_id=offer_id, client_id=client_id).entry.location_id
    lock_line(location_id=location_id)
    offer = lock_open_offer(offer_id=offer_id, now=now)
    end_offers([offer], OfferStatus.DECLINED, now=now)
    pass_on(location_id=location_id, freed=[span_of(offer)], now=now)
    return offer.entry_id


@use_case
def offer_now(*, entry_id: UUID, actor_id: UUID, now: datetime) -> bool:
    """Offer somebody whatever is free for them, whoever else waits; whether there was anything.

    Out of turn, so it is audited. Raises `WaitlistEntryNotFound`.
    """
    location_id = get_entry(entry_id=entry_id).location_id
    offered = pass_on(location_id=location_id, freed=None, now=now, entry_id=entry_id) > 0
    audit.record(
        action="spa.waitlist.offered-out-of-turn",
        subject_kind="spa.waitlistentry",
        subject_id=entry_id,
        actor_id=actor_id,
        now=now,
        facts={"offered": offered},
    )
    return offered
