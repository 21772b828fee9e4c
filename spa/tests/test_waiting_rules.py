"""What somebody who waits may be offered, and until when, as pure rules (SPA-12)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spa.domain.waiting import (
    SHORTEST_OFFER,
    Shape,
    SkipReason,
    Span,
    Wish,
    offer_ends,
    starts_to_offer,
)

BOGOTA = ZoneInfo("America/Bogota")
MADRID = ZoneInfo("Europe/Madrid")
NOON = datetime(2026, 12, 7, 12, tzinfo=UTC)
HOUR = Shape(duration=60, before=0, after=70)
WEEK = Wish(BOGOTA, date(2026, 12, 7), date(2026, 12, 13))

# Anywhere within a few days of noon, to the minute.
instants = st.integers(-4000, 4000).map(lambda minutes: NOON + timedelta(minutes=minutes))
lengths = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))
spans = st.builds(lambda begin, length: Span(begin, begin + length), instants, lengths)
shapes = st.builds(
    lambda duration, before, pause: Shape(duration, before, duration + pause),
    st.integers(5, 240), st.integers(0, 60), st.integers(0, 60),
)  # fmt: skip
in_time = partial(offer_ends, now=NOON - timedelta(days=10), minutes=60, notice_minutes=30)


@given(start=instants, minutes=st.integers(5, 1440), notice=st.integers(0, 600))
def test_an_offer_lasts_its_time_but_never_beyond_what_could_still_be_booked(
    start: datetime, minutes: int, notice: int
) -> None:
    end = offer_ends(start, now=NOON, minutes=minutes, notice_minutes=notice)

    usual, last = NOON + timedelta(minutes=minutes), start - timedelta(minutes=notice)
    if end is None:
        assert last < NOON + SHORTEST_OFFER
    else:
        assert end == min(usual, last)
        assert end - NOON >= SHORTEST_OFFER


@pytest.mark.parametrize(
    ("minutes_to_start", "expected"), [(95, 60), (90, 60), (50, 20), (35, 5), (34, None)]
)
def test_near_the_start_an_offer_is_shorter_and_then_none(
    minutes_to_start: int, expected: int | None
) -> None:
    start = NOON + timedelta(minutes=minutes_to_start)

    end = offer_ends(start, now=NOON, minutes=60, notice_minutes=30)

    assert end == (None if expected is None else NOON + timedelta(minutes=expected))


@given(
    free=st.lists(instants, max_size=8),
    shape=shapes,
    freed=st.none() | st.lists(spans, max_size=3),
    had=st.lists(spans, max_size=3),
)
def test_what_is_offered_is_free_wished_new_and_made_possible_by_what_was_freed(
    free: list[datetime], shape: Shape, freed: list[Span] | None, had: list[Span]
) -> None:
    wish = Wish(BOGOTA, date(2026, 12, 6), date(2026, 12, 8), time(6), time(18))

    found = starts_to_offer(free, wish=wish, shape=shape, freed=freed, had=had, deadline=in_time)

    def minutes(begin: datetime, end: datetime) -> set[int]:
        return set(range(int(begin.timestamp()) // 60, int(end.timestamp()) // 60))

    def is_right(start: datetime) -> bool:
        """Minute by minute, without intervals."""
        taken = minutes(
            start - timedelta(minutes=shape.before), start + timedelta(minutes=shape.after)
        )
        visit = minutes(start, start + timedelta(minutes=shape.duration))
        local = start.astimezone(BOGOTA)
        return (
            (freed is None or any(taken & minutes(f.begins, f.ends) for f in freed))
            and local.date().isoformat() in ("2026-12-06", "2026-12-07", "2026-12-08")
            and 6 * 60 <= local.hour * 60 + local.minute <= 18 * 60
            and not any(visit & minutes(h.begins, h.ends) for h in had)
        )

    right = [start for start in free if is_right(start)]
    assert (list(found) if not isinstance(found, SkipReason) else []) == right


TEN = datetime(2026, 12, 7, 10, tzinfo=BOGOTA)
FREED = [Span(TEN, TEN + timedelta(minutes=70))]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (SkipReason.NOT_FREE, {"free": []}),
        (SkipReason.NOT_FREE, {"free": [TEN + timedelta(hours=3)]}),
        (SkipReason.OTHER_TIMES, {"wish": Wish(BOGOTA, date(2026, 12, 8), date(2026, 12, 9))}),
        (SkipReason.OFFERED_BEFORE, {"had": [Span(TEN, TEN + timedelta(hours=1))]}),
        (SkipReason.TOO_NEAR, {"deadline": lambda start: None}),
    ],
)
def test_who_gets_nothing_is_told_the_first_reason(
    reason: SkipReason, changes: dict[str, object]
) -> None:
    usual: dict[str, object] = {
        "free": [TEN], "wish": WEEK, "shape": HOUR, "freed": FREED, "had": [], "deadline": in_time,
    }  # fmt: skip
    asked = usual | changes

    assert starts_to_offer(usual.pop("free"), **usual) == [TEN]
    assert starts_to_offer(asked.pop("free"), **asked) is reason


@pytest.mark.parametrize(
    ("start", "is_possible"),
    [
        # From 8:49 the hour and its pause of ten minutes would end before 10:00.
        (TEN - timedelta(minutes=70), False),
        (TEN - timedelta(minutes=69), True),
        (TEN + timedelta(minutes=69), True),
        (TEN + timedelta(minutes=70), False),
    ],
)
def test_nearby_starts_count_if_they_need_what_was_freed(
    start: datetime, is_possible: bool
) -> None:
    found = starts_to_offer([start], wish=WEEK, shape=HOUR, freed=FREED, had=[], deadline=in_time)

    assert (found == [start]) is is_possible


@pytest.mark.parametrize(
    ("wall", "is_allowed"),
    [((9, 59), False), ((10, 0), True), ((12, 0), True), ((12, 1), False)],
)
def test_hours_say_when_a_visit_begins_both_ends_included(
    wall: tuple[int, int], is_allowed: bool
) -> None:
    wish = Wish(BOGOTA, date(2026, 12, 7), date(2026, 12, 7), time(10), time(12))

    assert wish.allows(datetime(2026, 12, 7, *wall, tzinfo=BOGOTA)) is is_allowed


def test_na_17_days_and_hours_are_those_on_the_wall_when_clocks_change() -> None:
    # On 25 October 2026 Madrid's clock goes from 3:00 back to 2:00.
    wish = Wish(MADRID, date(2026, 10, 25), date(2026, 10, 25), time(9), time(10))

    assert wish.allows(datetime(2026, 10, 25, 8, 0, tzinfo=UTC))
    assert not wish.allows(datetime(2026, 10, 25, 7, 59, tzinfo=UTC))
    assert not wish.allows(datetime(2026, 10, 24, 7, 30, tzinfo=UTC))
    # The day before, the same wall time is an hour earlier in UTC.
    assert Wish(MADRID, date(2026, 10, 24), date(2026, 10, 24), time(9)).allows(
        datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    )
