"""Ending holds nobody paid: in batches, beside others, late, twice (SPA-07, NA-34)."""

from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Location, OutboxMessage
from core.testing import race
from spa.events import AppointmentExpired
from spa.models import Appointment, AppointmentTransition, Occupancy
from spa.services.expiry import expire_unpaid_holds
from spa.steps.holds import end_holds_in_the_way
from spa.steps.lifecycle import expire
from spa.tasks import expire_holds
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.factories import RoomFactory
from spa.tests.ledger import nothing_changes, pay, payment_of
from users.tests.factories import UserFactory

OVER = NOW + timedelta(minutes=20)


def holds(book: Book, count: int) -> list[Appointment]:
    """As many unpaid visits, the first booked first."""
    return [
        book(
            client_id=UserFactory.create().pk,
            start=local(7 + number, 10),
            now=NOW - timedelta(seconds=count - number),
        ).appointment
        for number in range(count)
    ]


def told() -> int:
    """How often somebody was told that a hold ended."""
    messages = OutboxMessage.objects.filter(topic=AppointmentExpired.topic)
    return messages.values("event_id").distinct().count()


def test_a_hold_ends_when_its_time_to_pay_is_over_and_not_before(book: Book) -> None:
    visit = book().appointment

    with nothing_changes():
        assert expire_unpaid_holds(now=OVER - timedelta(microseconds=1)) == 0
    assert expire_unpaid_holds(now=OVER) == 1

    visit.refresh_from_db()
    assert visit.status == "expired"
    assert payment_of(visit).status == "expired"
    assert not Occupancy.objects.exists()
    assert told() == 1


def test_who_needs_time_ends_only_what_is_over_and_in_the_way(
    book: Book, location: Location
) -> None:
    held = book().appointment
    (taken,) = Occupancy.objects.all()
    before, after = taken.during.lower - timedelta(hours=1), taken.during.upper

    def end(resource_id: Any = taken.resource_id, begin: Any = MONDAY_TEN, now: Any = OVER) -> int:
        with transaction.atomic():
            return end_holds_in_the_way(
                resource_ids=[resource_id], begin=begin, end=begin + timedelta(hours=1), now=now
            )

    with nothing_changes(), transaction.atomic():
        assert expire(source_ids=[held.pk], now=OVER - timedelta(seconds=1)) == 0
        assert end(now=OVER - timedelta(seconds=1)) == end(begin=before) == end(begin=after) == 0
        assert end(RoomFactory.create(location=location).pk) == 0

    assert end() == 1
    with nothing_changes(), transaction.atomic():
        assert expire(source_ids=[held.pk], now=OVER) == 0


def test_it_works_in_batches_the_oldest_first(book: Book) -> None:
    visits = holds(book, 5)

    ended = [expire_unpaid_holds(now=OVER, limit=2) for _ in range(4)]

    assert ended == [2, 2, 1, 0]
    steps = AppointmentTransition.objects.filter(to_status="expired").order_by("pk")
    batches = [set(steps.values_list("appointment_id", flat=True)[n : n + 2]) for n in (0, 2, 4)]
    assert batches == [{v.pk for v in visits[n : n + 2]} for n in (0, 2, 4)]


def test_running_twice_or_hours_late_ends_each_hold_once(book: Book) -> None:
    holds(book, 3)

    assert expire_unpaid_holds(now=MONDAY_TEN + timedelta(days=9)) == 3
    with nothing_changes():
        assert expire_unpaid_holds(now=MONDAY_TEN + timedelta(days=9)) == 0

    assert told() == 3


def test_ending_many_holds_costs_the_statements_of_one(book: Book) -> None:
    holds(book, 6)
    costs = []

    for limit in (1, 5):
        with CaptureQueriesContext(connection) as queries:
            assert expire_unpaid_holds(now=OVER, limit=limit) == limit
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_paid_visits_are_left_alone(book: Book) -> None:
    pay(book(), now=NOW)

    with nothing_changes():
        assert expire_unpaid_holds(now=MONDAY_TEN + timedelta(days=1)) == 0


def test_the_task_ends_whatever_is_over(book: Book) -> None:
    now = timezone.now()
    start = (now + timedelta(days=3)).astimezone(MONDAY_TEN.tzinfo)
    book(
        start=start.replace(hour=10, minute=0, second=0, microsecond=0),
        now=now - timedelta(minutes=30),
    )

    expire_holds()

    assert Appointment.objects.get().status == "expired"


@pytest.mark.django_db(transaction=True)
def test_parallel_runs_share_the_work_and_end_each_hold_once(
    book: Book, location: Location
) -> None:
    holds(book, 9)

    outcomes = race([partial(expire_unpaid_holds, now=OVER, limit=4)] * 4)

    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    while expire_unpaid_holds(now=OVER, limit=4):
        pass
    assert told() == 9
    assert AppointmentTransition.objects.filter(to_status="expired").count() == 9
    assert not Occupancy.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_being_paid_is_skipped_and_keeps_nobody_waiting(book: Book) -> None:
    busy, other = holds(book, 2)
    locked, done = Event(), Event()

    def paying() -> None:
        with transaction.atomic():
            Appointment.objects.select_for_update(no_key=True).get(pk=busy.pk)
            locked.set()
            assert done.wait(10)

    def expiring() -> Any:
        assert locked.wait(10)
        try:
            return expire_unpaid_holds(now=OVER, limit=1)
        finally:
            done.set()

    _, ended = race([paying, expiring])

    assert ended == 1
    assert Appointment.objects.get(pk=other.pk).status == "expired"
    assert Appointment.objects.get(pk=busy.pk).status == "pending_payment"
