"""Who and what serves a visit: one option for each demand, none needed twice at once.

People and rooms are never chosen together: who has fifty people and one room must not try the room
with each of them. Demands that cannot clash are apart, and only doubtful starts are searched.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from spa.domain.bits import bit_numbers
from spa.domain.need import Demand
from spa.domain.studio import Room, Worker


@dataclass(frozen=True, slots=True)
class Option:
    """One way to meet a demand: a person or a room, on one lane when it is shared.

    `starts` are the bits of the window at which a visit could begin with it, `free` all those in
    which it has time.
    """

    resource_id: UUID
    lane: int | None
    starts: int
    worker: Worker | None = None
    room: Room | None = None
    free: int = 0

    def excludes(self, other: "Option") -> bool:
        """Whether both cannot be had at the same time."""
        if self.resource_id != other.resource_id:
            return False
        return self.lane is None or other.lane is None or self.lane == other.lane


Crew = tuple[Option, ...]
# How one option compares with others that meet the same demand; the least comes first.
Preference = Callable[[Option], Any]
# Whether an option is known not to be had for a demand after all.
IsOut = Callable[[Demand, Option], bool]
# Options of demands, by the demands' numbers.
Choices = Mapping[int, Sequence[Option]]


def without_clashes(
    demands: Sequence[Demand], options: Sequence[Sequence[Option]], candidates: int
) -> int:
    """The candidates at which all demands can be met at once, each by its own person or room."""
    rivals = _rivals(demands)
    for group in _groups(rivals):
        if all(len(rivals[number]) == len(group) - 1 for number in group):
            candidates &= _seats_for(len(group), [options[number] for number in group])
        sure = -1
        for number in group:
            sure &= _starts_with(len(rivals[number]) + 1, options[number])
        known: dict[tuple[tuple[int, ...], ...], bool] = {}
        for bit in bit_numbers(candidates & ~sure):
            free = tuple(
                tuple(n for n, option in enumerate(options[number]) if option.starts >> bit & 1)
                for number in group
            )
            # Neighbouring starts mostly have the same people and rooms free.
            if free not in known:
                at_start = {
                    number: [options[number][n] for n in found]
                    for number, found in zip(group, free, strict=True)
                }
                known[free] = _is_solvable(at_start, rivals)
            if not known[free]:
                candidates ^= 1 << bit
    return candidates


def crews(
    demands: Sequence[Demand], options: Sequence[Sequence[Option]], is_out: IsOut
) -> Iterator[Crew]:
    """Every crew for the demands: the first demand's first option first, and so on.

    Of an option that `is_out` meanwhile, no further crew is made.
    """
    search = _Search(demands, _rivals(demands), is_out)
    return search.crews((), search.narrowed(dict(enumerate(options))))


def _rivals(demands: Sequence[Demand]) -> list[frozenset[int]]:
    """By number, the demands that may want the same person or room at the same time."""
    return [
        frozenset(
            other
            for other, rival in enumerate(demands)
            if other != number
            and rival.kind == demand.kind
            and rival.stretch.overlaps(demand.stretch)
        )
        for number, demand in enumerate(demands)
    ]


def _groups(rivals: Sequence[frozenset[int]]) -> list[list[int]]:
    """The demands that can clash, those apart that cannot do so even through others."""
    found, seen = [], set[int]()
    for number in range(len(rivals)):
        group, waiting = set[int](), {number} - seen
        while waiting:
            member = waiting.pop()
            group.add(member)
            waiting |= rivals[member] - group
        seen |= group
        if len(group) > 1:
            found.append(sorted(group))
    return found


def _seats_for(count: int, options: Iterable[Iterable[Option]]) -> int:
    """The starts with so many different seats among all the options, below which nothing helps."""
    masks: dict[tuple[UUID, int | None], int] = {}
    for found in options:
        for option in found:
            seat = (option.resource_id, option.lane)
            masks[seat] = masks.get(seat, 0) | option.starts
    return _at_least(count, masks.values())


def _starts_with(count: int, options: Iterable[Option]) -> int:
    """The starts with at least so many options.

    One more than there are rivals always suffices: who shares chooses first and finds a lane, as
    each of the others who share takes one; then who wants all of somebody finds somebody, as each
    rival keeps one person busy at most.
    """
    return _at_least(count, (option.starts for option in options))


def _at_least(count: int, masks: Iterable[int]) -> int:
    """The bits that are set in so many of the masks."""
    reached = [-1] + [0] * count
    for mask in masks:
        for level in range(count, 0, -1):
            reached[level] |= reached[level - 1] & mask
    return reached[count]


def _is_solvable(left: Choices, rivals: Sequence[frozenset[int]]) -> bool:
    """Whether each demand can have an option of its own; the demand with fewest is met first."""
    if not left:
        return True
    number = min(left, key=lambda other: len(left[other]))
    for option in left[number]:
        rest = {
            other: [one for one in found if not one.excludes(option)]
            if other in rivals[number]
            else found
            for other, found in left.items()
            if other != number
        }
        if all(rest.values()) and _is_solvable(rest, rivals):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for crews in order of preference, and ahead, so that it never goes astray."""

    demands: Sequence[Demand]
    rivals: Sequence[frozenset[int]]
    is_out: IsOut

    def narrowed(self, left: Choices) -> dict[int, list[Option]]:
        """What is still to be had."""
        return {
            number: [one for one in found if not self.is_out(self.demands[number], one)]
            for number, found in left.items()
        }

    def crews(self, chosen: Crew, left: Choices) -> Iterator[Crew]:
        """The crews that begin with those who are chosen."""
        if not left:
            yield chosen
            return
        number = len(chosen)
        for option in left[number]:
            members = (*chosen, option)
            if any(map(self.is_out, self.demands, members)):
                continue
            rest = self.narrowed(
                {
                    other: [one for one in found if not one.excludes(option)]
                    if other in self.rivals[number]
                    else found
                    for other, found in left.items()
                    if other != number
                }
            )
            if self._is_open(rest):
                yield from self.crews(members, rest)

    def _is_open(self, left: Choices) -> bool:
        groups = _groups(self.rivals)
        return all(left.values()) and all(
            _is_solvable({number: left[number] for number in group if number in left}, self.rivals)
            for group in groups
        )
