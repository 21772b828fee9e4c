"""Which free starts leave the day usable (SPA-28): arithmetic on bit sets, as for the starts.

A visit splits somebody's free time. What is left before and after it is usable when it is nothing
at all, or long enough for the shortest service that could be booked there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spa.domain.availability import Offers
from spa.domain.bits import MINUTES, bits_for, run_starts, shifted
from spa.domain.crews import Option
from spa.domain.need import Demand, Stretch

# For how many minutes the shortest service would need what an option offers.
Shortest = Callable[[Demand, Option], int]


@dataclass(frozen=True, slots=True)
class Ranking:
    """By demand that counts, the starts that leave no unusable rest, and those that leave one."""

    first: int
    demands: tuple[tuple[int, int], ...]

    def of(self, bit: int) -> int:
        """How many unusable rests a start (an epoch bit) leaves at least: 0 is the best."""
        number = bit - self.first
        return sum(
            0 if none >> number & 1 else 1 if one >> number & 1 else 2 for none, one in self.demands
        )


def rank(offers: Offers, shortest: Shortest) -> Ranking:
    """How usable the starts on offer leave people's time; or the rooms', when nobody is needed."""
    pairs = list(zip(offers.need.demands, offers.options, strict=True))
    people = [pair for pair in pairs if pair[0].is_staff]
    return Ranking(offers.window.first, tuple(_best(*pair, shortest) for pair in people or pairs))


def _best(demand: Demand, options: Sequence[Option], shortest: Shortest) -> tuple[int, int]:
    none = one = 0
    for option in options:
        before, after = rests(option.free, demand.stretch, shortest(demand, option))
        none |= option.starts & ~before & ~after
        one |= option.starts & (before ^ after)
    return none, one


def rests(free: int, stretch: Stretch, shortest: int) -> tuple[int, int]:
    """The starts that leave too little before the stretch, and those that do so after it.

    `free` is all the time somebody has; `shortest` the minutes that can still be used.
    """
    least = bits_for(shortest)
    usable = run_starts(free, least)
    # At the bit where a stretch begins or ends: time is free beside it, but not long enough.
    before = (free << 1) & ~(usable << least)
    after = free & ~usable
    begin, end = stretch.begin // MINUTES, bits_for(stretch.end)
    return shifted(before, -begin), shifted(after, -end)
