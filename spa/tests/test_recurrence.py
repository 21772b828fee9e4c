"""Rules of series against recurrence by definition, and against clocks that change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa.domain.recurrence import MOST, MOST_DAYS, Rule, RuleRefused, TooManyDays
from spa.tests.clock_changes import all_changes
from spa.tests.recurring import as_text, naive_days, naive_instant, rules
from spa.tests.studios import CHANGE_DAYS, CLOCK_CHANGES, ZONES

BOGOTA = ZoneInfo("America/Bogota")
MADRID = ZoneInfo("Europe/Madrid")
TEN = time(10)
TUESDAY = date(2026, 12, 1)

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
walls = st.integers(0, 24 * 12 - 1).map(lambda n: time(n * 5 // 60, n * 5 % 60))


def days_of(text: str, *, first: date = TUESDAY, zone: ZoneInfo = BOGOTA) -> list[str]:
    """The days of a rule, short: `12-01`."""
    found = Rule.parse(text).occurrences(first=first, wall=TEN, zone=zone)
    return [f"{occurrence.day:%m-%d}" for occurrence in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["12-01", "12-08", "12-15"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["12-01", "12-03", "12-08"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;COUNT=3", ["12-01", "12-14", "12-15"]),
        ("FREQ=WEEKLY;UNTIL=20261215", ["12-01", "12-08", "12-15"]),
        ("FREQ=WEEKLY;UNTIL=20261214", ["12-01", "12-08"]),
        # Ten o'clock in Bogotá is 15:00 UTC: the last one is in by a second, then out by one.
        ("FREQ=WEEKLY;UNTIL=20261215T150000Z", ["12-01", "12-08", "12-15"]),
        ("FREQ=WEEKLY;UNTIL=20261215T145959Z", ["12-01", "12-08"]),
        ("FREQ=DAILY;COUNT=3", ["12-01", "12-02", "12-03"]),
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", ["12-01", "12-11", "12-21"]),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=3", ["12-05", "12-06", "12-12"]),
        ("FREQ=MONTHLY;COUNT=3", ["12-01", "01-01", "02-01"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["12-31", "01-31", "03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", ["12-31", "01-31", "02-28"]),
        ("FREQ=MONTHLY;BYDAY=1TU,-1FR;COUNT=3", ["12-01", "12-25", "01-05"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["12-31", "01-29"]),
        ("rrule:freq=weekly;count=1", ["12-01"]),
    ],
)
def test_what_people_mean(text: str, expected: list[str]) -> None:
    assert days_of(text) == expected


@given(parts=rules(), first=days, count=st.integers(1, MOST))
def test_a_rule_with_a_count_is_what_the_definition_says(
    parts: dict[str, str], first: date, count: int
) -> None:
    expected = naive_days(parts, first)
    rule = Rule.parse(as_text(parts | {"COUNT": str(count)}))

    if len(expected) < count:
        with pytest.raises(TooManyDays):
            rule.occurrences(first=first, wall=TEN, zone=BOGOTA)
    else:
        found = rule.occurrences(first=first, wall=TEN, zone=BOGOTA)
        assert [occurrence.day for occurrence in found] == expected[:count]


@given(parts=rules(), first=days, lasts=st.integers(0, MOST_DAYS + 30), with_time=st.booleans())
def test_a_rule_with_an_end_is_what_the_definition_says(
    parts: dict[str, str], first: date, lasts: int, with_time: bool
) -> None:
    until = first + timedelta(days=lasts)
    end = f"{until:%Y%m%d}T150000Z" if with_time else f"{until:%Y%m%d}"
    rule = Rule.parse(as_text(parts | {"UNTIL": end}))
    expected = [day for day in naive_days(parts, first, days=MOST_DAYS + 31) if day <= until]

    if not expected:
        with pytest.raises(RuleRefused):
            rule.occurrences(first=first, wall=TEN, zone=BOGOTA)
    elif len(expected) > MOST or expected[-1] - first >= timedelta(days=MOST_DAYS):
        with pytest.raises(TooManyDays):
            rule.occurrences(first=first, wall=TEN, zone=BOGOTA)
    else:
        found = rule.occurrences(first=first, wall=TEN, zone=BOGOTA)
        assert [occurrence.day for occurrence in found] == expected


@given(
    parts=rules(),
    change=st.sampled_from(CHANGE_DAYS),
    before=st.integers(0, 3),
    wall=walls,
    zone=st.sampled_from(ZONES),
)
def test_na_17_every_occurrence_shows_the_asked_time_on_the_wall_or_has_none(
    parts: dict[str, str], change: date, before: int, wall: time, zone: ZoneInfo
) -> None:
    first = change - timedelta(days=before)
    try:
        found = Rule.parse(as_text(parts | {"COUNT": "4"})).occurrences(
            first=first, wall=wall, zone=zone
        )
    except TooManyDays:
        return
    for occurrence in found:
        assert occurrence.start == naive_instant(occurrence.day, wall, zone)
        if occurrence.start is not None:
            shown = occurrence.start.astimezone(zone).replace(tzinfo=None)
            assert shown == datetime.combine(occurrence.day, wall)


def test_na_17_tuesdays_at_ten_stay_at_ten_when_the_clocks_change() -> None:
    found = Rule.parse("FREQ=WEEKLY;COUNT=3").occurrences(
        first=date(2027, 3, 23), wall=TEN, zone=MADRID
    )

    assert [occurrence.start for occurrence in found] == [
        datetime(2027, 3, 23, 9, tzinfo=UTC),
        datetime(2027, 3, 30, 8, tzinfo=UTC),
        datetime(2027, 4, 6, 8, tzinfo=UTC),
    ]


@pytest.mark.parametrize(("name", "forward", "back"), CLOCK_CHANGES)
def test_na_17_in_a_gap_there_is_no_instant_and_in_a_fold_the_first(
    name: str, forward: date, back: date
) -> None:
    zone = ZoneInfo(name)
    rule = Rule.parse("FREQ=DAILY;COUNT=1")
    starts = {}
    for day in (forward, back):
        for minute in range(0, 24 * 60, 15):
            wall = time(minute // 60, minute % 60)
            (found,) = rule.occurrences(first=day, wall=wall, zone=zone)
            starts[day, wall] = found.start

    missing = [wall for (day, wall), start in starts.items() if day == forward and start is None]
    assert missing
    local = datetime.combine(forward, missing[0], tzinfo=zone)
    assert local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)
    folded = [
        start
        for (day, _), start in starts.items()
        if day == back and start and _shows_again(start, zone)
    ]
    assert folded
    assert not [start for start in folded if start.astimezone(zone).fold]


def test_na_17_at_every_clock_change_of_twelve_zones_the_wall_decides() -> None:
    """The days around 2020 to 2035's changes: the asked time, or none where it is never shown."""
    rule = Rule.parse("FREQ=DAILY;COUNT=3")
    seen = {"gap": 0, "fold": 0}
    for change in all_changes():
        zone, (begin, end) = ZoneInfo(change.zone), change.affected
        wall = begin
        while wall < end:
            found = rule.occurrences(
                first=change.day - timedelta(days=1), wall=wall.time(), zone=zone
            )
            for occurrence in found:
                local = datetime.combine(occurrence.day, wall.time())
                if occurrence.day == change.day and change.is_gap:
                    assert occurrence.start is None
                    seen["gap"] += 1
                    continue
                assert occurrence.start is not None, change
                assert occurrence.start.astimezone(zone).replace(tzinfo=None) == local
                if occurrence.day == change.day:
                    assert occurrence.start == change.first_shown(local)
                    seen["fold"] += 1
            wall += timedelta(minutes=15)
    assert min(seen.values()) > 500


def _shows_again(start: datetime, zone: ZoneInfo) -> bool:
    wall = start.astimezone(zone).replace(tzinfo=None)
    later = [start + timedelta(minutes=minutes) for minutes in range(15, 121, 15)]
    return any(moment.astimezone(zone).replace(tzinfo=None) == wall for moment in later)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "FREQ"),
        ("FREQ=WEEKLY", "COUNT"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20261231", "COUNT"),
        ("FREQ=YEARLY;COUNT=2", "FREQ"),
        ("FREQ=HOURLY;COUNT=2", "FREQ"),
        ("COUNT=2", "FREQ"),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "FREQ"),
        ("FREQ=WEEKLY;COUNT=2;", "FREQ"),
        ("FREQ=WEEKLY;COUNT", "COUNT"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;COUNT=-3", "COUNT"),
        ("FREQ=WEEKLY;COUNT=9999999999", "COUNT"),
        ("FREQ=WEEKLY;COUNT=²", "COUNT"),
        ("FREQ=WEEKLY;COUNT=1٣", "COUNT"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "INTERVAL"),
        ("FREQ=MONTHLY;INTERVAL=7;COUNT=2", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=2", "INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO;COUNT=2", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;COUNT=2", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYSETPOS=1;COUNT=2", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;COUNT=2", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=5MO,5FR;BYSETPOS=2;COUNT=2", "BYSETPOS"),
        ("FREQ=WEEKLY;BYHOUR=10;COUNT=2", "BYHOUR"),
        ("FREQ=WEEKLY;WKST=SU;COUNT=2", "WKST"),
        ("FREQ=WEEKLY;UNTIL=20261301", "UNTIL"),
        ("FREQ=WEEKLY;UNTIL=20261231T100000", "UNTIL"),
        ("FREQ=WEEKLY;COUNT=2\nEXDATE:20261208", "COUNT"),
    ],
)
def test_a_rule_that_means_nothing_here_is_refused_by_its_part(text: str, part: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        Rule.parse(text)

    assert refused.value.part == part


@pytest.mark.parametrize(
    "text",
    [
        f"FREQ=DAILY;COUNT={MOST + 1}",
        "FREQ=DAILY;UNTIL=20270201",
        "FREQ=DAILY;UNTIL=99991231",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=28",
        "FREQ=MONTHLY;COUNT=14",
        # The thirteenth is on the day after a whole leap year.
        "FREQ=MONTHLY;BYMONTHDAY=2;COUNT=13",
        "FREQ=MONTHLY;UNTIL=20290101",
    ],
)
def test_more_than_a_year_or_fifty_two_visits_is_refused_not_cut_short(text: str) -> None:
    rule = Rule.parse(text)

    with pytest.raises(TooManyDays):
        rule.occurrences(first=TUESDAY, wall=TEN, zone=BOGOTA)


def test_a_rule_that_is_over_before_its_first_day_is_refused() -> None:
    with pytest.raises(RuleRefused, match="UNTIL"):
        days_of("FREQ=WEEKLY;UNTIL=20261130")


@given(parts=rules(), first=days, count=st.integers(1, MOST))
def test_the_stored_spelling_means_the_same(parts: dict[str, str], first: date, count: int) -> None:
    text = as_text(parts | {"COUNT": str(count)})
    rule = Rule.parse(f"RRULE:{text.lower()}")

    again = Rule.parse(rule.text)

    assert again == rule
    assert again.text == Rule.parse(text).text
