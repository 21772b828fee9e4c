"""Time that is blocked, cut and repeated: pure arithmetic."""

from collections.abc import Iterator
from datetime import datetime, timedelta

# What the ledger takes in one row (spa_occupancy_lasts_at_most_a_day).
LONGEST_PIECE = timedelta(days=1)

Interval = tuple[datetime, datetime]


def pieces(begin: datetime, end: datetime) -> Iterator[Interval]:
    """`[begin, end)` in pieces of a day at most, in order, without a gap. In UTC."""
    while begin < end:
        until = min(begin + LONGEST_PIECE, end)
        yield begin, until
        begin = until


def merged(intervals: Iterator[Interval] | list[Interval]) -> list[Interval]:
    """The same time as disjoint intervals in order; those that touch become one."""
    found: list[Interval] = []
    for begin, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def without(intervals: list[Interval], taken: list[Interval]) -> list[Interval]:
    """What is left of disjoint, ordered `intervals` when `taken` is cut out of them."""
    left = []
    for begin, end in intervals:
        for from_, until in merged(taken):
            if until <= begin or from_ >= end:
                continue
            if begin < from_:
                left.append((begin, from_))
            begin = max(begin, until)
        if begin < end:
            left.append((begin, end))
    return left
