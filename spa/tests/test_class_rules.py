"""The pure rules of classes: dates, clocks, lines, what leaving costs (SPA-21, NA-17)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa.domain.classes import (
    CERTAIN,
    ENROLMENT_LIFE,
    HOLDING,
    OPEN,
    EnrolmentStatus,
    Leave,
    Rhythm,
    leaving,
    roll,
    seat_terms,
    start_on,
)
from spa.tests.studios import CLOCK_CHANGES, ZONES

BOGOTA = ZoneInfo("America/Bogota")
START = datetime(2026, 12, 7, 15, tzinfo=UTC)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


@given(
    weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    begin=days,
    end=st.none() | days,
    first=days,
    length=st.integers(0, 60),
)
def test_a_class_is_given_on_its_weekdays_within_its_dates_and_on_no_other(
    weekdays: frozenset[int], begin: date, end: date | None, first: date, length: int
) -> None:
    last = first + timedelta(days=length)

    found = list(Rhythm(weekdays, begin, end).dates(first, last))

    asked = [first + timedelta(days=number) for number in range(length + 1)]
    assert found == [
        day
        for day in asked
        if day.isoweekday() in weekdays and begin <= day and (end is None or day <= end)
    ]


@given(day=days, wall=walls, zone=st.sampled_from(ZONES))
def test_na_17_a_class_begins_when_the_clock_on_the_wall_says_so(
    day: date, wall: time, zone: ZoneInfo
) -> None:
    start = start_on(day, wall, zone)

    if start is not None:
        local = start.astimezone(zone)
        assert (local.date(), local.time(), local.fold) == (day, wall, 0)
    else:
        shown = datetime.combine(day, wall, zone).astimezone(UTC).astimezone(zone)
        assert shown.replace(tzinfo=None) != datetime.combine(day, wall)


@pytest.mark.parametrize(("name", "forward", "back"), CLOCK_CHANGES)
def test_na_17_each_jump_hides_some_times_and_each_fold_shows_none_twice(
    name: str, forward: date, back: date
) -> None:
    zone = ZoneInfo(name)
    quarters = [time(number // 4, number % 4 * 15) for number in range(96)]

    hidden = [wall for wall in quarters if start_on(forward, wall, zone) is None]
    starts = [start for wall in quarters if (start := start_on(back, wall, zone))]

    assert hidden
    assert len(starts) == 96 == len(set(starts))


def test_a_whole_day_off_and_a_part_of_it_cover_what_touches_them() -> None:
    day = date(2026, 12, 7)
    hour = timedelta(hours=1)

    whole, part = Leave(day, None, None), Leave(day, time(9), time(10))

    assert whole.covers(START, START + hour, BOGOTA)
    assert not whole.covers(START + 14 * hour, START + 15 * hour, BOGOTA)
    assert not part.covers(START, START + hour, BOGOTA)
    assert part.covers(START - timedelta(minutes=1), START + hour, BOGOTA)
    assert not part.covers(START - 2 * hour, START - hour, BOGOTA)


def terms(percent: str = "0") -> dict[str, object]:
    return seat_terms(start=START, zone=BOGOTA, hours=24, late_credit_percent=Decimal(percent))


def test_the_terms_say_the_deadline_on_the_wall_of_the_place() -> None:
    assert terms("50") == {
        "free_until": "2026-12-06T10:00:00-05:00",
        "credit_percent_before": "100.00",
        "credit_percent_after": "50.00",
    }


def test_na_17_the_deadline_is_hours_before_and_not_wall_clock_hours() -> None:
    zone = ZoneInfo("Europe/Madrid")
    start = datetime(2027, 3, 28, 10, tzinfo=zone)

    agreed = seat_terms(start=start, zone=zone, hours=24, late_credit_percent=Decimal(0))

    assert agreed["free_until"] == "2027-03-27T09:00:00+01:00"


@pytest.mark.parametrize(
    ("percent", "hours_before", "credit", "kept", "restores"),
    [
        ("0", 24, "40000.00", "0.00", True),
        ("0", 23.99, "0.00", "40000.00", False),
        ("50", 1, "20000.00", "20000.00", False),
        ("100", 1, "40000.00", "0.00", True),
    ],
)
def test_leaving_in_time_gives_all_back_and_later_what_the_terms_say(
    percent: str, hours_before: float, credit: str, kept: str, restores: bool
) -> None:
    now = START - timedelta(hours=hours_before)

    parting = leaving(terms(percent), paid=Decimal("40000.00"), currency="COP", now=now)

    assert (parting.credit, parting.kept) == (Decimal(credit), Decimal(kept))
    assert parting.restores_session is restores


@given(
    paid=st.integers(0, 10**7).map(lambda pesos: Decimal(pesos).quantize(Decimal("0.01"))),
    percent=st.integers(0, 100),
    hours=st.integers(-48, 48),
)
def test_leaving_neither_makes_money_nor_loses_any(paid: Decimal, percent: int, hours: int) -> None:
    now = START - timedelta(hours=24 + hours)

    parting = leaving(terms(str(percent)), paid=paid, currency="COP", now=now)

    assert parting.credit + parting.kept == paid
    assert min(parting.credit, parting.kept) >= 0


@given(
    marked=st.dictionaries(
        st.integers(0, 9), st.sampled_from(sorted(status.value for status in CERTAIN))
    ),
    present=st.lists(st.integers(0, 9)),
)
def test_a_roll_changes_only_those_whose_mark_was_another(
    marked: dict[int, str], present: list[int]
) -> None:
    changes = roll(marked, present)

    after = dict(marked)
    for status, clients in changes.items():
        assert all(marked[client] != status for client in clients)
        after |= dict.fromkeys(clients, status.value)
    there = {client for client, status in after.items() if status == "attended"}
    assert there == set(present) & set(marked)
    assert set(after.values()) <= {"attended", "absent"}


def test_every_status_can_be_reached_and_what_has_ended_stays_ended() -> None:
    reached = ENROLMENT_LIFE.after(None).union(*map(ENROLMENT_LIFE.after, EnrolmentStatus))
    assert reached == set(EnrolmentStatus)
    assert not ENROLMENT_LIFE.after(EnrolmentStatus.LEFT)
    assert not ENROLMENT_LIFE.after(EnrolmentStatus.CANCELLED)
    assert {EnrolmentStatus.WAITING} == OPEN - HOLDING
    assert CERTAIN < HOLDING
