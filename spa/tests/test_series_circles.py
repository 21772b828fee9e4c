"""A series that moves and one that is booked over the same days never wait in a circle.

Visits that come close move latest first; bookings take their days earliest first (SPA-20, NA-10).
"""

from collections.abc import Callable
from datetime import time
from functools import partial
from itertools import count
from threading import Event
from typing import Any

import pytest
from django.db import connection

from core.testing import race, until_somebody_waits
from spa.domain.series import Scope
from spa.models import AppointmentSeries, Service
from spa.services import series as booking
from spa.services import series_moves as moving
from spa.services.series_moves import Change, Grounds, move_series
from spa.tests.conftest import NOW, Repeat, local
from spa.tests.ledger import count_overlaps
from spa.tests.test_booking_races import names
from users.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


@pytest.fixture
def series(repeat: Repeat) -> AppointmentSeries:
    """Three days in a row at ten, certain."""
    Service.objects.update(deposit_percent=0)
    return repeat(rule="FREQ=DAILY;COUNT=3", start=local(7, 10)).series


def between(act: Callable[[], Any], pause: Callable[[], object]) -> Any:
    """Act, and pause between taking one visit's time and the next one's."""
    taken = count(1)

    def watch(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        if "INSERT INTO spa_occupancy" in str(sql) and next(taken) == 2:
            pause()
        return execute(sql, *rest)

    with connection.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '50ms'")
    with connection.execute_wrapper(watch):
        return act()


def at_once(series: AppointmentSeries, repeat: Repeat) -> list[Any]:
    """It moves on by a day, to three o'clock; another one is booked on just these days."""
    has_moved_one, has_booked_one, client = Event(), Event(), UserFactory.create()
    move = partial(
        move_series,
        series_id=series.pk,
        client_id=None,
        scope=Scope.ALL,
        named=None,
        change=Change(wall=time(15), weekday=2),
        grounds=Grounds(client.pk, by_staff=True),
        now=NOW,
    )
    book = partial(repeat, rule="FREQ=DAILY;COUNT=3", start=local(8, 15), client_id=client.pk)

    def moving_on() -> object:
        has_moved_one.set()
        return until_somebody_waits(or_until=has_booked_one)

    def booking_meanwhile() -> Any:
        assert has_moved_one.wait(10)
        return between(book, has_booked_one.set)

    return race([partial(between, move, moving_on), booking_meanwhile])


def test_who_moves_first_has_the_days_and_the_other_hears_which_are_taken(
    series: AppointmentSeries, repeat: Repeat
) -> None:
    outcomes = at_once(series, repeat)

    assert names(outcomes) == {"AppointmentSeries": 1, "SeriesConflicts": 1}, outcomes
    assert count_overlaps() == 0


def test_control_without_turns_one_of_them_ends_in_a_circle(
    series: AppointmentSeries, repeat: Repeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in (booking, moving):
        monkeypatch.setattr(service, "take_turns", lambda *, is_in_order: None)

    outcomes = at_once(series, repeat)

    assert "deadlock detected" in str(outcomes)
