"""The demonstration's clock: one for all processes, and only ever forward (CORE-21)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
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


def test_where_it_is_set_everybody_who_asks_for_the_time_asks_it(
    tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved_clock, "_clock", None)
    monkeypatch.setattr(timezone, "now", timezone.now)
    monkeypatch.setattr(settings, "TEST_CLOCK", str(tmp_path / "clock"))

    moved_clock.install()
    clock = moved_clock.moved_clock()
    assert clock is not None
    clock.forward(timedelta(days=30))

    assert timezone.now() - datetime.now(UTC) > timedelta(days=29)
    assert timezone.localdate() > datetime.now(UTC).date() + timedelta(days=28)


def test_tests_and_production_have_real_time_only(settings: object) -> None:
    assert not getattr(settings, "TEST_CLOCK", None)
    assert moved_clock.moved_clock() is None
