"""What is due for a membership, and when: rules only."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finances.domain.subscriptions import (
    LIVE,
    MEMBERSHIP_LIFE,
    Move,
    Standing,
    SubscriptionStatus,
    Terms,
    month_after,
    next_look,
    next_move,
    prorated,
)

_S = SubscriptionStatus
TERMS = Terms(days_before=3, tries=3, grace_days=7, from_hour=9)
UNTIL = date(2026, 3, 31)
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
whole_pesos = st.integers(0, 10**7).map(Decimal)


def at(days_from_end: int, hour: int = 10) -> datetime:
    day = UNTIL + timedelta(days=days_from_end)
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def standing(
    status: SubscriptionStatus = _S.ACTIVE,
    *,
    tries: int = 0,
    tried: int | None = None,
    is_trying: bool = False,
) -> Standing:
    last = None if tried is None else UNTIL + timedelta(days=tried)
    return Standing(status, UNTIL, tries, last, is_trying)


def test_every_status_can_be_reached() -> None:
    reached = MEMBERSHIP_LIFE.after(None).union(*map(MEMBERSHIP_LIFE.after, _S))
    assert reached == set(_S)
    assert all(_S.PENDING not in MEMBERSHIP_LIFE.after(status) for status in _S)
    assert set(_S) - {_S.ENDED} == LIVE


@given(anchor=st.integers(1, 31), start=days, months=st.integers(1, 60))
def test_months_keep_the_day_they_began_on(anchor: int, start: date, months: int) -> None:
    day = month_after(start.replace(day=1), anchor)
    for _ in range(months):
        following = month_after(day, anchor)
        assert 28 <= (following - day).days <= 31
        is_last = (following + timedelta(days=1)).day == 1
        assert following.day == anchor or (is_last and following.day < anchor)
        day = following


def test_the_thirty_first_comes_back_after_february() -> None:
    assert month_after(date(2026, 1, 31), 31) == date(2026, 2, 28)
    assert month_after(date(2026, 2, 28), 31) == date(2026, 3, 31)
    assert month_after(date(2028, 1, 31), 31) == date(2028, 2, 29)
    assert month_after(date(2026, 12, 5), 5) == date(2027, 1, 5)


@given(amount=whole_pesos, start=days, today=days)
def test_a_part_is_whole_pesos_and_never_more_than_the_whole(
    amount: Decimal, start: date, today: date
) -> None:
    end = month_after(start, start.day)
    part = prorated(amount, "COP", start=start, end=end, today=today)
    later = prorated(amount, "COP", start=start, end=end, today=today + timedelta(days=1))

    assert 0 <= later <= part <= amount
    assert part == part.to_integral_value()
    assert part == amount or today > start
    assert part == 0 or today < end


@given(low=whole_pesos, more=whole_pesos, gone=st.integers(0, 30))
def test_a_dearer_plan_costs_the_difference_of_what_is_left(
    low: Decimal, more: Decimal, gone: int
) -> None:
    start, end = date(2026, 3, 1), date(2026, 4, 1)
    today = start + timedelta(days=gone)

    parts = [
        prorated(amount, "COP", start=start, end=end, today=today) for amount in (low, low + more)
    ]

    due = prorated(more, "COP", start=start, end=end, today=today)
    assert abs(parts[1] - parts[0] - due) <= 1


def test_nothing_is_charged_before_its_day_and_hour() -> None:
    assert next_move(standing(), TERMS, at=at(-4, 23)) is Move.WAIT
    assert next_move(standing(), TERMS, at=at(-3, 8)) is Move.WAIT
    assert next_move(standing(), TERMS, at=at(-3, 9)) is Move.TRY


def test_tries_are_on_different_days_and_three_at_most() -> None:
    assert next_move(standing(tries=1, tried=-3), TERMS, at=at(-3, 20)) is Move.WAIT
    assert next_move(standing(tries=1, tried=-3), TERMS, at=at(-2)) is Move.TRY
    assert next_move(standing(_S.PAST_DUE, tries=3, tried=-1), TERMS, at=at(2)) is Move.WAIT


def test_na_24_while_nobody_knows_nothing_is_charged_and_nobody_sent_away() -> None:
    for tries in range(4):
        for day in range(-5, 40):
            waiting = standing(_S.PAST_DUE, tries=tries, is_trying=True)
            assert next_move(waiting, TERMS, at=at(day)) is Move.WAIT


def test_na_24_a_gateway_that_was_always_away_ends_nothing() -> None:
    silent = standing(_S.PAST_DUE, tries=0, tried=6)
    assert next_move(silent, TERMS, at=at(30)) is Move.TRY
    assert next_move(standing(_S.PAST_DUE, tries=1, tried=30), TERMS, at=at(30)) is Move.END


def test_grace_is_seven_days() -> None:
    assert next_move(standing(), TERMS, at=at(0, 0)) is Move.PAST_DUE
    assert next_move(standing(_S.PAST_DUE, tries=3, tried=-1), TERMS, at=at(6, 23)) is Move.WAIT
    assert next_move(standing(_S.PAST_DUE, tries=3, tried=-1), TERMS, at=at(7, 0)) is Move.END


def test_who_cancelled_keeps_what_is_paid() -> None:
    assert next_move(standing(_S.CANCELLED), TERMS, at=at(-1, 23)) is Move.WAIT
    assert next_move(standing(_S.CANCELLED), TERMS, at=at(0, 0)) is Move.END


@given(st.integers(-10, 20), st.sets(st.integers(-10, 20)), st.sets(st.integers(-10, 20)))
def test_a_membership_left_alone_follows_the_calendar(
    first: int, declined: set[int], unheard: set[int]
) -> None:
    """Looked at twice a day: what the bank answers, and the days it is not asked, are given."""
    status, tries, tried, asked = _S.ACTIVE, 0, None, []
    moment = at(first, 0)
    while moment < at(40) and status is not _S.ENDED:
        move = next_move(standing(status, tries=tries, tried=tried), TERMS, at=moment)
        day = (moment.date() - UNTIL).days
        if move is Move.TRY:
            asked.append(day)
            tried = day
            if day not in unheard:
                tries += 1
        elif move in {Move.PAST_DUE, Move.END}:
            status = _S.PAST_DUE if move is Move.PAST_DUE else _S.ENDED
            continue
        moment = next_look(TERMS, at=moment)

    assert asked == sorted(set(asked))
    assert len(set(asked) - unheard) == tries <= TERMS.tries
    assert not asked or asked[0] == max(-TERMS.days_before, first)
    assert status is _S.ENDED
    assert (moment.date() - UNTIL).days >= TERMS.grace_days


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 23))
def test_the_next_look_is_later_and_within_a_day(moment: datetime, hour: int) -> None:
    terms = Terms(3, 3, 7, hour)
    following = next_look(terms, at=moment)
    assert moment < following <= moment + timedelta(days=1)
    assert following.hour in {0, hour}
    assert following.minute == 0
