"""What the clock does to the waitlist, so that nothing depends on one event alone (SPA-12)."""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import Error
from django.db.models import F, Value

from core.use_cases import UseCase, use_case
from spa.domain.waiting import EntryStatus
from spa.models import WaitlistEntry
from spa.selectors.appointments import LocalDay
from spa.selectors.waitlist import overdue_places, places_that_wait
from spa.steps.waitlist_offers import pass_on

logger = logging.getLogger(__name__)


def expire_offers(*, now: datetime) -> None:
    """End every offer whose time to answer is over, place by place."""
    _at_each(overdue_places(now), expire_offers_at, now)


def sweep_waitlist(*, now: datetime) -> None:
    """Look once more at everybody who waits, place by place; let those go whose days are over."""
    end_past_entries(now=now)
    _at_each(places_that_wait(), sweep_line, now)


def _at_each(places: Iterable[UUID], tend: UseCase[..., int], now: datetime) -> None:
    """Each place in a transaction of its own: one that fails keeps no other waiting (NA-34)."""
    for location_id in places:
        try:
            tend(location_id=location_id, now=now)
        except Error:
            logger.exception("waitlist not tended", extra={"location": str(location_id)})


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
    """Let those wait no more whose last day is over at their place; returns how many."""
    today = LocalDay(F("location__timezone"), Value(now))
    past = WaitlistEntry.objects.filter(status=EntryStatus.WAITING, date_to__lt=today)
    return past.update(status=EntryStatus.ENDED, closed_at=now, updated_at=now)
