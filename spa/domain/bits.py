"""Time as bit sets: one bit per five minutes of UTC, a resource's time one Python integer.

A bit's number counts from the Unix epoch, so masks of different resources and days fit together by
shifting alone, and no zone, daylight saving included, needs a special case (architecture.md, 2).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

MINUTES = 5
SECONDS = MINUTES * 60
PER_DAY = 24 * 60 // MINUTES
EPOCH = date(1970, 1, 1)
# A visit and its buffers may reach over the edge of the asked days by this much.
MARGIN_DAYS = 1


def bits_for(minutes: int) -> int:
    """How many bits cover `minutes`, rounded up: unavailable time is never understated."""
    return -(-minutes // MINUTES)


def span(first: int, last: int) -> int:
    """The bits `[first, last)`; nothing when the interval is empty."""
    return ((1 << (last - first)) - 1) << first if last > first else 0


def run_starts(free: int, length: int) -> int:
    """The bits from which `length` free bits follow one another, found by doubling."""
    have, mask = 1, free
    while have < length:
        step = min(have, length - have)
        mask &= mask >> step
        have += step
    return mask


def shifted(mask: int, by: int) -> int:
    """`mask` moved up by `by` bits, down when negative."""
    return mask << by if by >= 0 else mask >> -by


def bit_numbers(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, lowest first."""
    # Digits are searched in C; taking bits off a long integer copies it every time.
    digits = bin(mask)[:1:-1]
    number = digits.find("1")
    while number >= 0:
        yield number
        number = digits.find("1", number + 1)


def floor_bit(instant: datetime) -> int:
    """The epoch bit that `instant` lies in."""
    return int(instant.timestamp() // SECONDS)


def ceil_bit(instant: datetime) -> int:
    """The first epoch bit that begins at `instant` or later."""
    return int(-(-instant.timestamp() // SECONDS))


def day_base(day: date) -> int:
    """The epoch bit a day's own masks count from: early enough for every zone east of Greenwich."""
    return (day - EPOCH).days * PER_DAY - PER_DAY


@dataclass(frozen=True)
class Window:
    """The asked local days with a margin on both sides; masks of a window count from `first`."""

    first_day: date
    last_day: date

    @cached_property
    def days(self) -> list[date]:
        """Every day of the window, margins included."""
        count = (self.last_day - self.first_day).days + 1 + 2 * MARGIN_DAYS
        start = self.first_day - timedelta(days=MARGIN_DAYS)
        return [start + timedelta(days=number) for number in range(count)]

    @cached_property
    def first(self) -> int:
        """The epoch bit the window begins with."""
        return day_base(self.first_day - timedelta(days=MARGIN_DAYS))

    @cached_property
    def last(self) -> int:
        """The epoch bit behind the window's end."""
        return day_base(self.last_day + timedelta(days=MARGIN_DAYS)) + 3 * PER_DAY

    @property
    def starts_at(self) -> datetime:
        """The instant the window begins."""
        return instant_of_bit(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant the window ends."""
        return instant_of_bit(self.last)

    def place(self, day: date, mask: int) -> int:
        """A day's own mask as bits of this window."""
        return shifted(mask, day_base(day) - self.first)


def instant_of_bit(bit: int) -> datetime:
    """The instant an epoch bit begins."""
    return datetime.fromtimestamp(bit * SECONDS, UTC)
