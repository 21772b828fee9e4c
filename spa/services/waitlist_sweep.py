"""What the clock does to the waitlist, so that nothing depends on one event alone (SPA-12)."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Value

from core.use_cases import use_case
from spa.domain.waiting import EntryStatus
from spa.models import WaitlistEntry
from spa.selectors.appointments import LocalDay
from spa.steps.waitlist_offers import pass_on


@use_case
def expire_offers_at(*, location_id: UUID, now: datetime) -> int:
    """End a place's offers whose time to answer is over; their time goes to the next at once."""
    return pass_on(location_id=location_id, freed=[], now=now)


@use_case
def sweep_line(*, location_id: UUID, now: datetime) -> int:
    """Offer whatever is free at a place to those who wait there; returns how many offers."""
    return pass_on(location_id=location_id, freed=None, now=now)


@use_case
def end_past_entries(*, now: datetime) -> int:
    """Let those wait no more whose last day is over at their place; one UPDATE, returns how many."""
    today = LocalDay(F("location__timezone"), Value(now))
    past = WaitlistEntry.objects.filter(status=EntryStatus.WAITING, date_to__lt=today)
    return past.update(status=EntryStatus.ENDED, closed_at=now, updated_at=now)
