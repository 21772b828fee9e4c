"""Free starts around every change of the clocks 2020 to 2035 in twelve zones (SPA-04, NA-17)."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa.domain.availability import find_offers
from spa.domain.bits import Window, instant_of_bit
from spa.domain.calendar import Calendar
from spa.domain.need import Chain, Part, VisitNeed
from spa.domain.studio import Hours, Studio
from spa.tests.clock_changes import CONTROL, ZONES, ClockChange, all_changes, changes_of
from spa.tests.studios import LAST, MIDNIGHT, PLACE, always_open, always_working, treatment

LONG_AGO, FAR_AWAY = datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE_DAY = (MIDNIGHT, LAST)
Shift = tuple[time, time]

fives = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
shifts = st.tuples(fives, fives).map(lambda pair: (min(pair), max(pair)))


def around(change: ClockChange) -> list[date]:
    """The day before, the day whose wall times change, the day after."""
    return [change.day - DAY, change.day, change.day + DAY]


def offered(
    zone: ZoneInfo, days: list[date], *, opening: Shift, working: Shift, grid: int, minutes: int
) -> list[datetime]:
    """The product's free starts on some days, without any buffer."""

    def hours(shift: Shift) -> tuple[Hours, ...]:
        return tuple(Hours(weekday, *shift) for weekday in range(1, 8))

    place = replace(always_open(zone, slot_minutes=grid), opening=hours(opening))
    worker = always_working(hours={PLACE: hours(working)})
    service = treatment(duration=minutes, buffer_before=0, buffer_after=0)
    offers = find_offers(
        Calendar(Studio({PLACE: place}, {}, (worker,), ())),
        place=place,
        need=VisitNeed.of([Chain((Part(service),))], usual_buffer=0),
        busy={},
        window=Window(days[0], days[-1]),
        earliest=LONG_AGO,
        latest=FAR_AWAY,
    )
    return [instant_of_bit(bit) for bit in offers.start_bits()]


def expected(
    change: ClockChange, days: list[date], *, shared: list[Shift], grid: int, minutes: int
) -> list[datetime]:
    """The same by counting: each wall time once, from hours' begin to their end in real time."""
    found = []
    for day in days:
        for minute in range(0, 24 * 60, grid):
            wall = datetime.combine(day, time(minute // 60, minute % 60))
            start = change.first_shown(wall)
            if start is not None and all(
                change.reached(day, begin) <= start
                and start + timedelta(minutes=minutes) <= change.reached(day, end)
                for begin, end in shared
            ):
                found.append(start)
    return found


def test_the_changes_are_found_and_the_control_has_none() -> None:
    found = Counter(change.zone for change in all_changes())

    assert set(found) == set(ZONES)
    assert len(ZONES) == 12
    assert min(found.values()) >= 6  # Tehran, until 2022
    assert found["Europe/Madrid"] == 2 * 16
    assert "Europe/Madrid 2027-03-28" in map(str, changes_of("Europe/Madrid"))
    assert {abs(change.after - change.before) for change in changes_of("Australia/Lord_Howe")} == {
        timedelta(minutes=30)
    }
    assert changes_of(CONTROL) == ()


# On the hourly grid the wall time behind Lord Howe's half-hour gap is no start itself.
@pytest.mark.parametrize("grid", [30, 60])
@pytest.mark.parametrize("name", ZONES)
def test_na_17_around_every_change_each_wall_time_is_offered_once_and_none_of_the_gap(
    name: str, grid: int
) -> None:
    zone = ZoneInfo(name)
    for change in changes_of(name):
        days = around(change)

        starts = offered(zone, days, opening=WHOLE_DAY, working=WHOLE_DAY, grid=grid, minutes=30)

        walls = Counter(start.astimezone(zone).replace(tzinfo=None, fold=0) for start in starts)
        first, last = change.affected
        hit = [wall for wall in walls if first <= wall < last]
        assert max(walls.values()) == 1, change
        assert not (change.is_gap and hit), change
        assert starts == expected(change, days, shared=[WHOLE_DAY], grid=grid, minutes=30), change


@pytest.mark.parametrize("name", ZONES)
def test_na_17_the_hours_of_a_morning_are_the_wall_clocks_before_on_and_after_every_change(
    name: str,
) -> None:
    zone, morning = ZoneInfo(name), (time(9), time(11))
    for change in changes_of(name):
        for day in around(change):
            starts = offered(zone, [day], opening=WHOLE_DAY, working=morning, grid=30, minutes=30)

            shown = [f"{start.astimezone(zone):%H:%M}" for start in starts]
            assert shown == ["09:00", "09:30", "10:00", "10:30"], (change, day)


def test_na_17_hours_that_begin_in_a_gap_begin_with_the_jump() -> None:
    gaps = [change for change in all_changes() if change.is_gap]
    for gap in gaps:
        first, last = gap.affected
        working = ((first + (last - first) / 2).time(), LAST)

        starts = offered(
            ZoneInfo(gap.zone), [gap.day], opening=WHOLE_DAY, working=working, grid=5, minutes=5
        )

        assert starts[0] == gap.at, gap
    assert {gap.zone for gap in gaps} == set(ZONES)


@given(
    change=st.sampled_from(all_changes()),
    opening=shifts,
    working=shifts,
    grid=st.sampled_from([5, 10, 15, 20, 30, 60]),
    minutes=st.integers(1, 48).map(lambda n: n * 5),
)
def test_na_17_any_hours_hold_around_a_change_by_the_wall_and_a_visit_lasts_its_real_time(
    change: ClockChange, opening: Shift, working: Shift, grid: int, minutes: int
) -> None:
    days = around(change)

    starts = offered(
        ZoneInfo(change.zone), days, opening=opening, working=working, grid=grid, minutes=minutes
    )

    assert starts == expected(change, days, shared=[opening, working], grid=grid, minutes=minutes)


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 30)),
    working=shifts,
    grid=st.sampled_from([5, 15, 30, 60]),
)
def test_na_17_control_where_clocks_never_change_every_day_offers_the_same(
    day: date, working: Shift, grid: int
) -> None:
    zone = ZoneInfo(CONTROL)

    starts = offered(zone, [day], opening=WHOLE_DAY, working=working, grid=grid, minutes=grid)

    begin, end = (datetime.combine(day, min(wall, LAST), zone) for wall in working)
    walls = (
        datetime.combine(day, MIDNIGHT, zone) + timedelta(minutes=n) for n in range(0, 1440, grid)
    )
    assert starts == [
        wall for wall in walls if begin <= wall and wall + timedelta(minutes=grid) <= end
    ]
