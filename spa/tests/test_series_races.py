"""Series among rivals, each on a connection of their own (NA-18)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from core import testing
from core.models import Location
from core.testing import race, rounds, until_somebody_waits
from spa import errors
from spa.domain.series import Scope
from spa.models import Appointment, AppointmentSeries, Occupancy, Service
from spa.services.booking import book_appointment
from spa.services.series import BookedSeries, Mode
from spa.services.series_cancellation import cancel_series
from spa.services.series_moves import Change, Grounds, move_series
from spa.steps import limits
from spa.steps.cancelling import Cancelling
from spa.steps.series_planning import AskedSeries, plan
from spa.tests.conftest import BOGOTA, MONDAY_TEN, NOW, Book, Repeat, local, rule_that
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import count_overlaps, traces
from spa.tests.series import statuses, told, visits_of
from spa.tests.test_booking_races import names
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = timedelta(weeks=1)
THIRD = MONDAY_TEN + 2 * WEEK


def against_a_rival(book: Book, series: Callable[[], BookedSeries]) -> Any:
    """The series, while a rival takes its third day between its look and its grasp."""
    arguments = book.keywords | {"client_id": UserFactory.create().pk, "start": THIRD}
    is_taken = Event()

    def rival() -> None:
        with transaction.atomic():
            book_appointment.body(**arguments)
            is_taken.set()
            until_somebody_waits()

    def slow() -> BookedSeries:
        assert is_taken.wait(10)
        return series()

    return race([rival, slow])[1]


def test_na_18_with_all_or_nothing_one_day_lost_on_the_way_stores_nothing(
    book: Book, repeat: Repeat
) -> None:
    outcome = against_a_rival(book, repeat)

    assert isinstance(outcome, errors.SeriesConflicts)
    (conflict,) = outcome.facts["conflicts"]
    assert (conflict["date"], conflict["code"]) == ("2026-12-21", "SPA-SLOT-TAKEN")
    assert [one["start"][11:16] for one in conflict["alternatives"]] == ["11:15", "11:30", "11:45"]
    assert not AppointmentSeries.objects.exists()
    # The rival's visit and nothing else.
    assert Appointment.objects.get().starts_at == THIRD
    assert Occupancy.objects.count() == len(traces()["finances_payment"]) == 1


def test_na_18_of_the_free_ones_the_day_lost_on_the_way_is_said(book: Book, repeat: Repeat) -> None:
    outcome = against_a_rival(book, partial(repeat, mode=Mode.FREE))

    assert [row["date"] for row in outcome.conflicts] == ["2026-12-21"]
    assert statuses(outcome.series) == ["pending_payment"] * 3
    assert Occupancy.objects.count() == 4
    assert count_overlaps() == 0


def test_na_18_control_without_the_constraint_the_series_books_over_the_rival(
    without_guard: None, all_read_first: None, book: Book, repeat: Repeat
) -> None:
    def rival() -> None:
        book(client_id=UserFactory.create().pk, start=THIRD)

    race([rival, partial(repeat, client_id=UserFactory.create().pk)])

    assert count_overlaps() > 0


@pytest.mark.parametrize("mode", list(Mode))
def test_of_series_that_want_the_same_days_one_wins_all_of_them(repeat: Repeat, mode: Mode) -> None:
    """They meet on every day, and nobody waits in a circle."""
    for hour in (9, 13):
        calls = [
            partial(
                repeat,
                client_id=UserFactory.create().pk,
                start=MONDAY_TEN.replace(hour=hour),
                rule="FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=12",
                mode=mode,
            )
            for _ in range(4)
        ]

        outcomes = race(calls)

        assert names(outcomes) == {"BookedSeries": 1, "SeriesConflicts": 3}, outcomes
    assert Appointment.objects.count() == Occupancy.objects.count() == 24
    assert count_overlaps() == 0


def test_control_when_some_begin_with_the_last_day_they_wait_in_a_circle(
    repeat: Repeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, both = count(), Barrier(2)

    def in_any_order(asked: AskedSeries, *, now: datetime) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '50ms'")
        planned = plan(asked, now=now)
        both.wait(10)
        return planned[::-1] if next(turns) % 2 else planned

    monkeypatch.setattr("spa.services.series.plan", in_any_order)
    outcomes: list[Any] = []
    for hour in (9, 13):
        outcomes += race(
            [
                partial(
                    repeat,
                    client_id=client.pk,
                    start=MONDAY_TEN.replace(hour=hour),
                    rule="FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=12",
                )
                for client in UserFactory.create_batch(2)
            ]
        )
        if "OperationalError" in names(outcomes):
            break

    assert "deadlock detected" in str(outcomes)


def test_series_and_visits_over_people_and_rooms_never_overlap_and_never_deadlock(
    book: Book, repeat: Repeat, location: Location
) -> None:
    StaffFactory.create(location=location)
    RoomFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")
    chance = Random(11)

    for _ in rounds(few=2, many=20):
        calls: list[Any] = []
        for _ in range(5):
            day, hour = chance.randint(7, 11), chance.randint(9, 15)
            people = UserFactory.create_batch(2)
            calls.append(
                partial(
                    repeat,
                    client_id=people[0].pk,
                    start=local(day, hour),
                    rule=f"FREQ=DAILY;COUNT={chance.randint(2, 8)}",
                    mode=chance.choice(list(Mode)),
                )
            )
            calls.append(partial(book, client_id=people[1].pk, start=local(day + 2, hour)))
        outcomes = race(calls)

        expected = {"Booked", "BookedSeries", "SlotTaken", "SeriesConflicts"}
        assert set(names(outcomes)) <= expected, outcomes
        assert count_overlaps() == 0
    assert Occupancy.objects.count() == 2 * Appointment.objects.count() > 0


def test_one_persons_parallel_series_never_exceed_the_limits(
    repeat: Repeat, location: Location
) -> None:
    StaffFactory.create_batch(5, location=location)
    Service.objects.update(deposit_percent=0)

    outcomes = race([repeat] * 4)

    assert names(outcomes) == {"BookedSeries": 1, "ActiveLimitReached": 3}
    assert Appointment.objects.count() == 4


def test_control_without_the_persons_lock_they_do(
    repeat: Repeat, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "lock_welcome_person", lambda **_: None)
    StaffFactory.create_batch(5, location=location)
    Service.objects.update(deposit_percent=0)

    most = 0
    for client in UserFactory.create_batch(5):
        outcomes = race([partial(repeat, client_id=client.pk)] * 4)
        most = max(most, names(outcomes)["BookedSeries"])
        if most > 1:
            break

    assert most > 1


def two_who_move_to_noon(repeat: Repeat) -> list[Any]:
    """Two series that go to the same free hours of the same days at the same instant."""
    found = [
        repeat(client_id=UserFactory.create().pk, start=MONDAY_TEN.replace(hour=hour)).series
        for hour in (9, 15)
    ]
    return race([partial(_to, one, 12) for one in found])


def test_na_10_of_series_that_move_to_the_same_hours_one_gets_all_of_them(repeat: Repeat) -> None:
    Service.objects.update(deposit_percent=0)

    outcomes = two_who_move_to_noon(repeat)

    assert names(outcomes) == {"AppointmentSeries": 1, "SeriesConflicts": 1}
    hours = sorted(visit.starts_at.astimezone(BOGOTA).hour for visit in Appointment.objects.all())
    assert hours in ([9] * 4 + [12] * 4, [12] * 4 + [15] * 4)
    assert count_overlaps() == 0


def test_na_10_control_without_the_constraint_both_move_there(
    without_guard: None, repeat: Repeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    Service.objects.update(deposit_percent=0)
    monkeypatch.setattr(testing, "meet_before", re.compile("INSERT INTO spa_occupancy"))

    two_who_move_to_noon(repeat)

    assert count_overlaps() > 0


def test_rivals_who_each_end_one_of_its_holds_end_the_series_once(
    book: Book, repeat: Repeat
) -> None:
    repeat()
    late, is_ended = NOW + timedelta(minutes=21), Event()
    one, other = UserFactory.create_batch(2)

    def first() -> None:
        with transaction.atomic():
            book_appointment.body(**book.keywords | {"client_id": one.pk, "now": late})
            is_ended.set()
            until_somebody_waits()

    def second() -> Any:
        assert is_ended.wait(10)
        return book(client_id=other.pk, start=THIRD, now=late)

    assert names(race([first, second])) == {"NoneType": 1, "Booked": 1}
    assert told() == ["series_expired"]


def test_moving_cancelling_and_booking_the_same_days_leaves_whole_series(
    book: Book, repeat: Repeat, client_user: Any
) -> None:
    """Two series cross each other while one is given up and strangers book what they leave."""
    Service.objects.update(deposit_percent=0)
    rule_that(client_active_limit=20, hourly_bookings_limit=1000)
    for number in rounds(few=2, many=4):
        first = MONDAY_TEN + timedelta(weeks=6 * number)
        rule_that(horizon_days=365, series_horizon_days=365)
        ten, two, four = (
            repeat(
                client_id=UserFactory.create().pk,
                start=first.replace(hour=hour),
                rule="FREQ=WEEKLY;COUNT=5",
            ).series
            for hour in (10, 14, 16)
        )
        calls = [
            partial(_to, ten, 14),
            partial(_to, two, 10),
            partial(_give_up, four),
            partial(book, client_id=UserFactory.create().pk, start=first.replace(hour=16)),
            partial(book, client_id=UserFactory.create().pk, start=first.replace(hour=10)),
        ]

        outcomes = race(calls)

        known = {"AppointmentSeries", "SeriesConflicts", "CancelledVisits", "Booked", "SlotTaken"}
        assert set(names(outcomes)) <= known, outcomes
        assert count_overlaps() == 0
        for series in (ten, two):
            hours = {visit.starts_at.hour for visit in visits_of(series)}
            assert len(hours) == 1
        assert set(statuses(four)) == {"cancelled"}
    standing = Appointment.objects.exclude(status="cancelled")
    assert Occupancy.objects.count() == standing.count()


def _to(series: AppointmentSeries, hour: int) -> AppointmentSeries:
    return move_series(
        series_id=series.pk,
        client_id=series.client_id,
        scope=Scope.ALL,
        named=None,
        change=Change(wall=MONDAY_TEN.replace(hour=hour).time()),
        grounds=Grounds(series.client_id, by_staff=False),
        now=NOW,
    )


def _give_up(series: AppointmentSeries) -> Any:
    return cancel_series(
        series_id=series.pk,
        client_id=series.client_id,
        scope=Scope.ALL,
        named=None,
        why=Cancelling(series.client_id, by_staff=False),
        now=NOW,
    )
