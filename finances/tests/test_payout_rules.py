"""The rules of commissions and payouts, without a database (FIN-07, NA-30)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finances.domain.commissions import days_to_book
from finances.domain.payout_sightings import SeenLine, Verdict, judge
from finances.domain.payouts import (
    KEY_LIFE,
    TAKEN_BY_THEN,
    Failure,
    LineStatus,
    Next,
    Owed,
    after_not_found,
    failure_of_batch,
    failure_of_line,
    in_batches,
    is_due,
    next_look,
)

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
DAY = date(2026, 12, 1)
amounts = st.integers(-(10**9), 10**9).map(Decimal)
days = st.integers(0, 20).map(lambda number: DAY + timedelta(days=number))


def test_na_30_only_two_answers_are_lack_of_funds() -> None:
    batch = {code: failure_of_batch(code) for code in ("EXC_001", "EXC_002", "EXC_008", "EXC_017")}
    lines = {code: failure_of_line(code) for code in ("D07", "D11", "D19", "")}

    assert [code for code, why in batch.items() if why is Failure.NO_FUNDS] == ["EXC_008"]
    assert [code for code, why in lines.items() if why is Failure.NO_FUNDS] == ["D19"]
    assert failure_of_batch("EXC_017") is Failure.DAILY_LIMIT


def after(*, first: timedelta, last: timedelta, is_refused: bool = False) -> Next:
    return after_not_found(
        first_sent_at=NOON - first, last_sent_at=NOON - last, is_refused=is_refused, now=NOON
    )


def test_what_never_left_is_sent() -> None:
    never = after_not_found(first_sent_at=None, last_sent_at=None, is_refused=False, now=NOON)

    assert never is Next.SEND


def test_na_30_a_key_is_used_again_only_while_the_provider_remembers_it() -> None:
    second = timedelta(seconds=1)

    assert after(first=KEY_LIFE - second, last=second) is Next.SEND
    assert after(first=KEY_LIFE, last=second) is Next.LOOK_LATER
    assert after(first=KEY_LIFE, last=TAKEN_BY_THEN) is Next.GIVE_UP


def test_na_30_a_refusal_after_an_unknown_outcome_waits_until_the_first_must_have_arrived() -> None:
    hour = timedelta(hours=1)

    assert after(first=hour, last=timedelta(minutes=9), is_refused=True) is Next.LOOK_LATER
    assert after(first=hour, last=TAKEN_BY_THEN, is_refused=True) is Next.GIVE_UP


def test_looks_grow_apart_and_never_stop() -> None:
    waits = [(next_look(looks, now=NOON) - NOON) // timedelta(minutes=1) for looks in range(8)]

    assert waits == [1, 2, 5, 15, 30, 60, 60, 60]


def test_tips_make_up_for_no_commission_that_was_taken_back() -> None:
    owed = Owed(commissions=Decimal(-30_000), tips=Decimal(20_000))

    assert (owed.paid_for_commissions, owed.total) == (0, 20_000)


def test_the_threshold_counts_unless_somebody_is_named_and_nothing_is_never_paid() -> None:
    little, nothing = (Owed(Decimal(amount), Decimal(0)) for amount in (199_999, 0))
    threshold = Decimal(200_000)

    assert not is_due(little, threshold=threshold, is_named=False)
    assert is_due(little, threshold=threshold, is_named=True)
    assert is_due(Owed(Decimal(199_999), Decimal(1)), threshold=threshold, is_named=False)
    assert not is_due(nothing, threshold=Decimal(0), is_named=True)


@given(st.lists(st.integers(1, 100).map(Decimal)), st.integers(1, 120).map(Decimal))
def test_batches_keep_every_line_in_order_and_within_the_limit(
    lines: list[Decimal], most: Decimal
) -> None:
    batches = in_batches(list(enumerate(lines)), most=most)
    numbered = in_batches([((n, a), a) for n, a in enumerate(lines)], most=most)

    assert [number for batch in batches for number in batch] == list(range(len(lines)))
    for batch in numbered:
        assert len(batch) == 1 or sum(amount for _number, amount in batch) <= most


@given(
    st.dictionaries(days, amounts), st.dictionaries(days, amounts), st.dictionaries(days, amounts)
)
def test_whatever_comes_late_every_peso_is_counted_once(
    first: dict[date, Decimal], late: dict[date, Decimal], last: dict[date, Decimal]
) -> None:
    """Three runs of the task, and between them money that is booked into any of the days."""
    received: dict[date, Decimal] = {}
    booked: dict[date, Decimal] = {}
    end = DAY + timedelta(days=30)
    for number, more in enumerate((first, late, last, {end: Decimal(1)})):
        for day, amount in more.items():
            received[day] = received.get(day, Decimal(0)) + amount
        until = end if number == 3 else DAY + timedelta(days=10 + number * 5)
        booked |= dict(days_to_book(received, booked, until=until))

    assert sum(booked.values()) == sum(received.values())


def test_a_day_that_gave_back_more_than_it_took_is_negative() -> None:
    received = {DAY: Decimal(-5_000), DAY + timedelta(days=1): Decimal(100)}

    assert days_to_book(received, {}, until=DAY) == [(DAY, Decimal(-5_000))]


def seen(status: LineStatus, amount: int = 100) -> SeenLine:
    return SeenLine("t", "L", status, Decimal(amount))


@given(st.sampled_from(LineStatus), st.sampled_from(LineStatus))
def test_a_line_ends_once_whatever_is_said_of_it_afterwards(
    current: LineStatus, told: LineStatus
) -> None:
    verdict = judge(current=current, amount=Decimal(100), seen=seen(told))

    is_end = current is LineStatus.PENDING and told is not LineStatus.PENDING
    assert (verdict is Verdict.END) == is_end
    if told in {current, LineStatus.PENDING}:
        assert verdict is Verdict.NOTHING
    elif not is_end:
        assert verdict is Verdict.CONTRADICTS


def test_another_amount_ends_nothing() -> None:
    told = seen(LineStatus.APPROVED, 101)

    assert judge(current="pending", amount=Decimal(100), seen=told) is Verdict.CONTRADICTS
