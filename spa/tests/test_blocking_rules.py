"""Cutting and joining blocked time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spa.domain.blocking import LONGEST_PIECE, Interval, merged, pieces, without

ZERO = datetime(2026, 12, 7, tzinfo=UTC)
minutes = st.integers(0, 5000)
intervals = st.tuples(minutes, minutes).map(lambda pair: _interval(min(pair), max(pair)))
lists = st.lists(intervals, max_size=8)


def _interval(begin: int, end: int) -> Interval:
    return ZERO + timedelta(minutes=begin), ZERO + timedelta(minutes=end)


def _minutes(found: list[Interval]) -> set[int]:
    """Each minute that lies in one of the intervals: the slow and obvious model."""
    return {
        minute
        for begin, end in found
        for minute in range(
            int((begin - ZERO).total_seconds()) // 60, int((end - ZERO).total_seconds()) // 60
        )
    }


@given(whole=intervals)
def test_pieces_follow_one_another_and_are_the_whole(whole: Interval) -> None:
    found = list(pieces(*whole))

    assert all(timedelta(0) < end - begin <= LONGEST_PIECE for begin, end in found)
    assert [begin for begin, _ in found[1:]] == [end for _, end in found[:-1]]
    assert _minutes(found) == _minutes([whole])


@given(several=lists)
def test_merged_time_is_the_same_time_in_order_and_apart(several: list[Interval]) -> None:
    found = merged(several)

    assert _minutes(found) == _minutes(several)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(several=lists, taken=lists)
def test_what_is_left_is_what_was_not_taken(several: list[Interval], taken: list[Interval]) -> None:
    found = without(merged(several), taken)

    assert _minutes(found) == _minutes(several) - _minutes(taken)
    assert all(begin < end for begin, end in found)
