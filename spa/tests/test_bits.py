"""Sets of five-minute bits, against sets of numbers."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from spa.domain.bits import (
    Window,
    bit_numbers,
    bits_for,
    ceil_bit,
    floor_bit,
    instant_of_bit,
    run_starts,
    shifted,
    span,
)

sets = st.sets(st.integers(0, 80))
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def mask_of(numbers: set[int]) -> int:
    return sum(1 << number for number in numbers)


@given(numbers=sets)
def test_bit_numbers_are_the_set_in_order(numbers: set[int]) -> None:
    assert list(bit_numbers(mask_of(numbers))) == sorted(numbers)


@given(free=sets, length=st.integers(1, 40))
def test_a_run_starts_where_enough_free_bits_follow_one_another(
    free: set[int], length: int
) -> None:
    starts = {n for n in free if all(n + step in free for step in range(length))}

    assert run_starts(mask_of(free), length) == mask_of(starts)


@given(first=st.integers(0, 60), last=st.integers(0, 60))
def test_a_span_is_half_open_and_empty_when_it_runs_backwards(first: int, last: int) -> None:
    assert span(first, last) == mask_of(set(range(first, last)))


@given(numbers=sets, by=st.integers(-90, 90))
def test_shifting_moves_every_bit_and_drops_what_falls_below_zero(
    numbers: set[int], by: int
) -> None:
    assert shifted(mask_of(numbers), by) == mask_of({n + by for n in numbers if n + by >= 0})


@given(minutes=st.integers(0, 2000))
def test_minutes_are_covered_by_the_fewest_bits_that_hold_them(minutes: int) -> None:
    assert 0 <= bits_for(minutes) * 5 - minutes < 5


@given(instant=instants)
def test_an_instant_lies_between_its_floor_and_its_ceiling(instant: datetime) -> None:
    below, above = instant_of_bit(floor_bit(instant)), instant_of_bit(ceil_bit(instant))

    assert below <= instant <= above
    assert above - below == (timedelta(0) if below == instant else timedelta(minutes=5))


@given(first=st.dates(date(1972, 1, 1), date(2100, 1, 1)), days=st.integers(0, 40))
def test_a_window_holds_its_days_with_a_day_around_them_in_every_zone(
    first: date, days: int
) -> None:
    last = first + timedelta(days=days)

    window = Window(first, last)

    assert window.days == [first + timedelta(days=n) for n in range(-1, days + 2)]
    midnight = datetime.combine(first, datetime.min.time(), UTC)
    # Fourteen hours east and twelve west of Greenwich it is that day.
    assert window.starts_at <= midnight - timedelta(days=1, hours=14)
    assert window.ends_at >= midnight + timedelta(days=days + 2, hours=12)


@given(first=st.dates(date(1972, 1, 1), date(2100, 1, 1)), bit=st.integers(0, 2 * 288))
def test_a_days_mask_stands_for_the_same_instants_in_every_window(first: date, bit: int) -> None:
    wide = Window(first - timedelta(days=3), first + timedelta(days=3))
    narrow = Window(first, first)

    placed = [next(bit_numbers(w.place(first, 1 << bit))) + w.first for w in (wide, narrow)]

    assert placed[0] == placed[1]
