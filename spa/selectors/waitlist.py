"""Reading the waitlist."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from spa import errors
from spa.domain.waiting import EntryStatus, OfferStatus, Shape, Span, Wish
from spa.models import WaitlistEntry, WaitlistOffer, WaitlistService
from spa.selectors.availability import Question, ask
from spa.selectors.availability import Wish as Guest

CHUNK = 200


def list_entries(*, client_id: UUID | None, status: str | None = None) -> QuerySet[WaitlistEntry]:
    """What somebody waits for or waited for, or everybody's for `None`; latest first.

    Three queries for a page: the entries with their places, their services, their offers.
    """
    found = WaitlistEntry.objects.select_related("location").prefetch_related(
        _wanted(), Prefetch("offers", WaitlistOffer.objects.order_by("-offered_at", "-pk"))
    )
    if client_id is not None:
        found = found.filter(client_id=client_id)
    if status is not None:
        found = found.filter(status=status)
    return found.order_by("-joined_at", "-pk")


def get_entry(*, entry_id: UUID, client_id: UUID | None = None) -> WaitlistEntry:
    """One entry with its services and offers. Raises `WaitlistEntryNotFound`, also for others'."""
    found = list_entries(client_id=client_id).filter(pk=entry_id).first()
    if found is None:
        raise errors.WaitlistEntryNotFound
    return found


def get_offer(*, offer_id: UUID, client_id: UUID | None) -> WaitlistOffer:
    """One offer with its entry and place. Raises `OfferNotFound`, also for somebody else's."""
    offers = WaitlistOffer.objects.select_related("entry", "entry__location")
    if client_id is not None:
        offers = offers.filter(entry__client_id=client_id)
    found = offers.filter(pk=offer_id).first()
    if found is None:
        raise errors.OfferNotFound
    return found


def line(
    *, location_id: UUID, date_from: date, date_to: date, entry_id: UUID | None = None
) -> Iterator[WaitlistEntry]:
    """Who waits at a place for any of some days and has no open offer, in order: priority, then
    time of joining. Three queries for each `CHUNK` of them; `entry_id` for one alone.
    """
    answering = WaitlistOffer.objects.filter(entry=OuterRef("pk"), status=OfferStatus.OPEN)
    waiting = WaitlistEntry.objects.filter(
        ~Exists(answering),
        location_id=location_id,
        status=EntryStatus.WAITING,
        date_from__lte=date_to,
        date_to__gte=date_from,
    )
    if entry_id is not None:
        waiting = waiting.filter(pk=entry_id)
    ordered = (
        waiting.select_related("client", "location")
        .prefetch_related(_wanted(), "offers")
        .order_by("-priority", "joined_at", "pk")
    )
    return iter(ordered.iterator(chunk_size=CHUNK))


def question_of(entry: WaitlistEntry, *, now: datetime) -> Question:
    """What is asked of the engine for an entry that was read with its services.

    Raises the refusals of `ask`: what could be booked when they joined may be gone.
    """
    return ask_for_party(
        [wanted.service_id for wanted in entry.wanted.all()],
        party_size=entry.party_size,
        location_id=entry.location_id,
        staff_id=entry.staff_id,
        now=now,
    )


def ask_for_party(
    service_ids: Sequence[UUID],
    *,
    party_size: int,
    location_id: UUID | None,
    staff_id: UUID | None,
    now: datetime,
) -> Question:
    """The same services for each of a party, at once. Raises the refusals of `ask`."""
    return ask(
        service_ids=service_ids,
        location_id=location_id,
        staff_id=staff_id,
        now=now,
        guests=[Guest(service_ids)] * (party_size - 1),
    )


def shape_of(question: Question) -> Shape:
    """How much time the visit takes around its start."""
    stretches = [demand.stretch for demand in question.need.demands]
    before = -min(stretch.begin for stretch in stretches)
    return Shape(question.need.duration, before, max(stretch.end for stretch in stretches))


def wish_of(entry: WaitlistEntry) -> Wish:
    """When somebody would come."""
    zone = entry.location.zone
    return Wish(zone, entry.date_from, entry.date_to, entry.time_from, entry.time_to)


def had_by(entry: WaitlistEntry) -> list[Span]:
    """The visits somebody was offered already; the entry was read with its offers."""
    return [Span(offer.starts_at, offer.ends_at) for offer in entry.offers.all()]


def places_that_wait() -> Iterable[UUID]:
    """Where somebody waits. One query."""
    waiting = WaitlistEntry.objects.filter(status=EntryStatus.WAITING)
    return sorted(waiting.values_list("location_id", flat=True).distinct())


def overdue_places(now: datetime) -> Iterable[UUID]:
    """Where an offer's time to answer is over. One query."""
    overdue = WaitlistOffer.objects.filter(status=OfferStatus.OPEN, expires_at__lte=now)
    return sorted(overdue.values_list("entry__location_id", flat=True).distinct())


def _wanted() -> "Prefetch[str, QuerySet[WaitlistService], str]":
    return Prefetch("wanted", WaitlistService.objects.order_by("position"))
