"""Wall time becomes instants (NA-17)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa.domain.wall_time import instant_of, shows
from spa.tests.slow_model import minutes_around
from spa.tests.studios import CHANGE_DAYS, ZONES

wall_times = st.times().map(lambda wall: wall.replace(second=0, microsecond=0, fold=0))
days = st.sampled_from(CHANGE_DAYS) | st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(day=days, wall=wall_times, zone=st.sampled_from(ZONES))
def test_na_17_an_instant_is_the_first_at_which_the_clock_has_reached_the_wall_time(
    day: date, wall: time, zone: ZoneInfo
) -> None:
    minutes = minutes_around(day, day, zone)

    assert instant_of(day, wall, zone) == minutes.instant(minutes.first_at(day, wall))


@given(day=days, wall=st.times(), zone=st.sampled_from(ZONES))
def test_na_17_any_wall_time_to_the_microsecond_has_an_instant(
    day: date, wall: time, zone: ZoneInfo
) -> None:
    instant = instant_of(day, wall, zone)

    local = datetime.combine(day, wall, zone).replace(fold=0)
    if shows(instant, local, zone):
        earlier = local.astimezone(UTC) - timedelta(hours=1)
        assert instant == local.astimezone(UTC)
        assert not shows(earlier, local, zone)
    else:
        jump = instant.astimezone(zone).utcoffset()
        assert (instant - timedelta(seconds=1)).astimezone(zone).utcoffset() != jump
        assert instant.astimezone(zone).replace(tzinfo=None) > local.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("name", "day", "wall", "expected"),
    [
        ("Europe/Madrid", date(2027, 3, 28), time(2, 30), "2027-03-28T01:00:00+00:00"),
        ("Europe/Madrid", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00+00:00"),
        ("America/Santiago", date(2026, 9, 6), time(0, 0), "2026-09-06T04:00:00+00:00"),
        ("America/Santiago", date(2027, 4, 3), time(23, 30), "2027-04-04T02:30:00+00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30:00+00:00"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03T14:45:00+00:00"),
        ("America/New_York", date(2027, 3, 14), time(2, 30), "2027-03-14T07:00:00+00:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30:00+00:00"),
        # Off the minute, just behind a gap: the search for the jump must still end.
        ("Europe/Madrid", date(2027, 3, 28), time(2, 0, 0, 450_000), "2027-03-28T01:00:00+00:00"),
    ],
)
def test_na_17_gaps_end_at_the_jump_and_folds_count_once(
    name: str, day: date, wall: time, expected: str
) -> None:
    assert instant_of(day, wall, ZoneInfo(name)).isoformat() == expected
