"""The demonstration's clock: one for all processes, and only ever forward (CORE-21)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app as app
from celery.utils.imports import symbol_by_name
from django.utils import timezone

from core import moved_clock
from core.moved_clock import MovedClock

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> MovedClock:
    return MovedClock(tmp_path / "clock", lambda: NOON)


def test_nobody_has_moved_it_yet(clock: MovedClock) -> None:
    assert clock.now() == NOON


def test_moved_twice_it_is_ahead_by_both(clock: MovedClock) -> None:
    clock.forward(timedelta(days=2))
    clock.forward(timedelta(hours=3))

    assert clock.now() == NOON + timedelta(days=2, hours=3)


def test_another_process_hears_of_it_at_once(clock: MovedClock) -> None:
    other = MovedClock(clock.path, lambda: NOON)
    assert other.now() == NOON

    clock.forward(timedelta(days=30))

    assert other.now() == NOON + timedelta(days=30)


def test_nothing_un_happens(clock: MovedClock) -> None:
    clock.forward(timedelta(days=1))

    with pytest.raises(ValueError, match="only goes forward"):
        clock.forward(timedelta(seconds=-1))

    assert clock.now() == NOON + timedelta(days=1)


@pytest.fixture
def ahead(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> MovedClock:
    """A clock that is 30 days ahead, which our own process goes by."""
    monkeypatch.setattr(moved_clock, "_clock", None)
    monkeypatch.setattr(timezone, "now", timezone.now)
    settings.TEST_CLOCK = str(tmp_path / "clock")
    moved_clock.install()
    clock = moved_clock.moved_clock()
    assert clock is not None
    clock.forward(timedelta(days=30))
    return clock


def test_where_it_is_set_everybody_who_asks_for_the_time_asks_it(ahead: MovedClock) -> None:
    assert timezone.now() - datetime.now(UTC) > timedelta(days=29)
    assert timezone.localdate() > datetime.now(UTC).date() + timedelta(days=28)


@pytest.mark.django_db(transaction=True)
def test_beat_plans_by_real_time_however_far_ahead_the_clock_is(ahead: MovedClock) -> None:
    beat = app.conf.beat_scheduler
    scheduler = symbol_by_name(beat)(app=app, lazy=True)
    scheduler.setup_schedule()

    scheduler.populate_heap()

    tomorrow = (datetime.now(UTC) + timedelta(days=1, minutes=1)).timestamp()
    assert {event.entry.name for event in scheduler._heap if event.time > tomorrow} == set()
    assert len(scheduler._heap) > len(app.conf.beat_schedule)


def test_tests_and_production_have_real_time_only(settings: object) -> None:
    assert not getattr(settings, "TEST_CLOCK", None)
    assert moved_clock.moved_clock() is None
