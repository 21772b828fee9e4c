"""A small studio, and a booking each test changes only in what it is about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection

from core.models import Location
from spa.models import NO_OVERLAP, BookingSettings, Occupancy, Service, StaffMember
from spa.services.booking import book_appointment
from spa.services.series import BookedSeries
from spa.steps import occupancy
from spa.steps.booking import Booked
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory
from spa.tests.series import repeated

BOGOTA = ZoneInfo("America/Bogota")
MONDAY_TEN = datetime(2026, 12, 7, 10, tzinfo=BOGOTA)
NOW = MONDAY_TEN - timedelta(days=3)

Book = partial[Booked]
Repeat = partial[BookedSeries]


@pytest.fixture
def location(db: None) -> Location:
    return LocationFactory.create()


@pytest.fixture
def service(location: Location) -> Service:
    return ServiceFactory.create(locations=[location])


@pytest.fixture
def therapist(location: Location) -> StaffMember:
    return StaffFactory.create(location=location)


@pytest.fixture
def book(service: Service, therapist: StaffMember, client_user: object) -> Book:
    """Book Monday at ten with anybody, three days ahead, as a client who is not VIP."""
    return partial(
        book_appointment,
        client_id=client_user.pk,
        is_vip=False,
        service_ids=[service.pk],
        start=MONDAY_TEN,
        staff_id=None,
        location_id=None,
        notes="",
        now=NOW,
    )


@pytest.fixture
def certain(book: Book, service: Service) -> Book:
    """Book a visit that owes no deposit, so that it is confirmed at once."""
    Service.objects.filter(pk=service.pk).update(deposit_percent=0)
    return book


@pytest.fixture
def repeat(service: Service, therapist: StaffMember, client_user: object) -> Repeat:
    """Book four Mondays at ten with anybody, three days ahead, deposits visit by visit."""
    return partial(
        repeated,
        client_id=client_user.pk,
        service_ids=[service.pk],
        start=MONDAY_TEN,
        rule="FREQ=WEEKLY;COUNT=4",
        now=NOW,
    )


def rule_that(**changes: object) -> None:
    """Change the rules of booking; every process sees it at once."""
    BookingSettings.objects.update_or_create(pk=1, defaults=changes)
    # The copy goes on commit, which a test's own transaction never reaches.
    cache.clear()


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of December 2026 in Bogotá."""
    return datetime(2026, 12, day, hour, minute, tzinfo=BOGOTA).astimezone(UTC)


def coming(days: int, hour: int, minute: int = 0) -> datetime:
    """A wall time in Bogotá some days after today: the API's clock is the real one."""
    day = datetime.now(BOGOTA) + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.fixture
def without_guard(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Check, then insert: no exclusion constraint, as systems of this kind often do it."""
    unguarded = occupancy.CLAIM.replace(f"ON CONFLICT ON CONSTRAINT {NO_OVERLAP} DO NOTHING", "")
    assert unguarded != occupancy.CLAIM
    (guard,) = (c for c in Occupancy._meta.constraints if c.name == NO_OVERLAP)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occupancy, guard)
    monkeypatch.setattr(occupancy, "CLAIM", unguarded)
    yield
    Occupancy.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Occupancy, guard)
