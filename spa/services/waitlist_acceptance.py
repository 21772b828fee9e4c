"""Taking a time that was offered: the offer becomes a visit (SPA-12, NA-15)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from notifications.steps.withdrawal import withdraw
from spa import errors
from spa.domain.waiting import EntryStatus, OfferStatus
from spa.models import WaitlistEntry, WaitlistOffer
from spa.models.appointments import Channel
from spa.selectors.availability import Question
from spa.selectors.pricing import NO_WISHES, Wishes
from spa.selectors.waitlist import get_entry, get_offer, question_of
from spa.steps.booking import Booked, Draft, Order, draft_visit, store_visit
from spa.steps.limits import check_limits
from spa.steps.occupancy import Source, hand_over
from spa.steps.preferences import remember_preference
from spa.steps.waitlist import OFFER_KIND, close_entry, lock_open_offer
from spa.steps.waitlist_crews import crew_of
from users.selectors.people import get_contact
from users.steps.locks import lock_welcome_person


@use_case
def accept_offer(
    *,
    offer_id: UUID,
    client_id: UUID | None,
    actor_id: UUID,
    now: datetime,
    wishes: Wishes = NO_WISHES,
) -> Booked:
    """Book what was offered, with whom it was offered; prices, deposit and terms are those of now.

    Its time changes hands without being free in between. `client_id`: only their own; `None` for
    staff. Raises `OfferNotFound`, `OfferExpired`, `OfferClosed`, `OfferOutdated`, the refusals of
    `check_limits` and of `price_visit`.
    """
    entry_id = get_offer(offer_id=offer_id, client_id=client_id).entry_id
    entry = get_entry(entry_id=entry_id)
    lock_welcome_person(person_id=entry.client_id)
    offer = lock_open_offer(offer_id=offer_id, now=now)
    question = _question(entry, now)
    is_vip = get_contact(person_id=entry.client_id).is_vip
    check_limits(client_id=entry.client_id, is_vip=is_vip, policy=question.policy, now=now)
    order = Order(
        client_id=entry.client_id,
        is_vip=is_vip,
        start=offer.starts_at,
        notes=entry.notes,
        wishes=wishes,
        channel=Channel.WAITLIST,
        booked_by=None if actor_id == entry.client_id else actor_id,
    )
    crew = crew_of(question, offer)
    draft = draft_visit(question, order, now=now)
    _take_over(offer, draft)
    booked = store_visit(draft, crew, actor_id=actor_id, now=now)
    if entry.staff_id is not None:
        remember_preference(client_id=entry.client_id, staff_id=entry.staff_id)
    _close(offer, booked, now)
    return booked


def _question(entry: WaitlistEntry, now: datetime) -> Question:
    try:
        return question_of(entry, now=now)
    except (errors.ServiceNotOffered, errors.ServicesDoNotCombine, errors.StaffNotAble) as gone:
        raise errors.OfferOutdated from gone


def _take_over(offer: WaitlistOffer, draft: Draft) -> None:
    rows = hand_over(
        source=Source(OFFER_KIND, offer.pk),
        to=draft.source,
        hold_expires_at=draft.appointment.hold_expires_at,
    )
    if rows != len(offer.crew["claims"]):
        raise errors.OfferExpired


def _close(offer: WaitlistOffer, booked: Booked, now: datetime) -> None:
    offer.status, offer.ended_at = OfferStatus.ACCEPTED.value, now
    offer.appointment = booked.appointment
    offer.save(update_fields=["status", "ended_at", "appointment", "updated_at"])
    close_entry(entry_id=offer.entry_id, status=EntryStatus.BOOKED, now=now)
    withdraw(event_ids=[offer.pk], now=now)
