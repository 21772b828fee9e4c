"""A studio with one start a day, at ten, and people who wait for it."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from core.models import Location
from spa.domain.waiting import Span
from spa.models import (
    Appointment,
    Occupancy,
    Service,
    StaffMember,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistSkip,
    WeeklyHours,
)
from spa.services.booking import Booked
from spa.services.waitlist import decline_offer, join_waitlist
from spa.services.waitlist_acceptance import accept_offer
from spa.steps.occupancy import release
from spa.steps.waitlist import OFFER_KIND, freed_by
from spa.steps.waitlist_joining import Search
from spa.steps.waitlist_offers import pass_on
from spa.tests.conftest import MONDAY_TEN, NOW, Book
from spa.tests.factories import StaffFactory
from spa.tests.ledger import pay
from users.models import User
from users.tests.factories import UserFactory

MONDAY = date(2026, 12, 7)
TUESDAY = date(2026, 12, 8)
HOUR = timedelta(hours=1)
# An offer made at NOW with the rule's hour to answer ends an instant after it.
LAST_MOMENT = NOW + HOUR - timedelta(microseconds=1)
# What a visit at ten on Monday takes, its pause included.
TEN = Span(MONDAY_TEN, MONDAY_TEN + timedelta(minutes=70))


def the_only_start_is_taken(book: Book) -> Appointment:
    """Everybody serves one visit a day, at ten, and Monday's is somebody's already."""
    WeeklyHours.objects.update(starts=time(10), ends=time(11, 10))
    return pay(book(), now=NOW).appointment


def colleague(location: Location) -> StaffMember:
    """Somebody else who serves one visit a day, at ten."""
    return StaffFactory.create(location=location, location__hours=(time(10), time(11, 10)))


def wait(client: User | None = None, *, now: datetime = NOW, **changes: Any) -> WaitlistEntry:
    """Let somebody, a new person unless named, wait for the one service on Monday."""
    client = client or UserFactory.create()
    actor_id, priority = changes.pop("actor_id", client.pk), changes.pop("priority", 0)
    usual: dict[str, Any] = {
        "service_ids": list(Service.objects.order_by("pk").values_list("pk", flat=True)[:1]),
        "location_id": None,
        "staff_id": None,
        "party_size": 1,
        "date_from": MONDAY,
        "date_to": MONDAY,
    }
    return join_waitlist(
        search=Search(**usual | changes),
        client_id=client.pk,
        actor_id=actor_id,
        priority=priority,
        now=now,
    )


def hand_on(visit: Appointment, *, now: datetime = NOW) -> int:
    """Free a visit's time, and offer it as the subscribers do."""
    with transaction.atomic():
        release(source_ids=[visit.pk])
    found = freed_by(appointment_id=visit.pk, starts_at=visit.starts_at)
    assert found is not None
    return look_again(found[0], [found[1]], now=now)


def look_again(location_id: UUID, freed: list[Span], *, now: datetime) -> int:
    """Offer what is free of what was freed; offers that are over end first."""
    with transaction.atomic():
        return pass_on(location_id=location_id, freed=freed, now=now)


def offer_of(entry: WaitlistEntry) -> WaitlistOffer:
    """The one offer somebody got."""
    return WaitlistOffer.objects.get(entry=entry)


def offers() -> list[tuple[UUID, str]]:
    """Whom the offers are to, and where they stand, in the order in which they were made."""
    return list(WaitlistOffer.objects.order_by("pk").values_list("entry_id", "status"))


def reasons(entry: WaitlistEntry) -> list[str]:
    """Why somebody was passed over."""
    return sorted(WaitlistSkip.objects.filter(entry=entry).values_list("reason", flat=True))


def held() -> list[tuple[UUID, datetime, datetime | None]]:
    """What offers keep on the ledger: whose, from when, until when it is kept."""
    rows = Occupancy.objects.filter(source_kind=OFFER_KIND).order_by("during")
    return [(row.source_id, row.during.lower, row.hold_expires_at) for row in rows]


def accept(offer: WaitlistOffer, *, now: datetime = NOW, **changes: Any) -> Booked:
    """Take the offer as the person it is for, unless somebody else is named."""
    mine: dict[str, Any] = {"client_id": offer.entry.client_id, "actor_id": offer.entry.client_id}
    return accept_offer(offer_id=offer.pk, now=now, **mine | changes)


def decline(offer: WaitlistOffer, *, now: datetime = NOW) -> UUID:
    """Let the offer go as the person it is for."""
    return decline_offer(offer_id=offer.pk, client_id=offer.entry.client_id, now=now)


def names(outcomes: list[Any]) -> list[str]:
    """What became of each call."""
    return sorted(type(outcome).__name__ for outcome in outcomes)
