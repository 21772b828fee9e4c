"""Choosing who and what serves a visit: in order of preference, nobody twice, never astray."""

from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from spa.domain.crews import Crew, Option, crews, without_clashes
from spa.domain.need import STAFF, Demand, Stretch

NOBODY_OUT = lambda _demand, _option: False  # noqa: E731
FIRST_OF_KIND = {STAFF: 1, "CABIN": 100}
EVERY_START = 0b1111

stretches = st.tuples(st.integers(0, 3), st.integers(1, 3)).map(
    lambda pair: Stretch(pair[0] * 30, (pair[0] + pair[1]) * 30)
)
demands = st.lists(
    st.builds(Demand, st.sampled_from(sorted(FIRST_OF_KIND)), stretches), min_size=1, max_size=4
)


@st.composite
def searches(draw: st.DrawFn) -> tuple[list[Demand], list[list[Option]]]:
    """Some demands and, in order of preference, who and what could meet each."""
    wanted = draw(demands)
    seats = st.tuples(st.integers(0, 2), st.sampled_from([None, 0, 1]))
    return wanted, [
        [
            Option(UUID(int=FIRST_OF_KIND[demand.kind] + number), lane, draw(st.integers(0, 15)))
            for number, lane in draw(st.lists(seats, max_size=4, unique=True))
        ]
        for demand in wanted
    ]


def is_possible(wanted: list[Demand], crew: Crew) -> bool:
    """Whether nobody and nothing is in it twice at once."""
    pairs = list(zip(wanted, crew, strict=True))
    return not any(
        mine.stretch.overlaps(theirs.stretch) and one.excludes(other)
        for number, (mine, one) in enumerate(pairs)
        for theirs, other in pairs[:number]
    )


@given(search=searches())
def test_every_possible_crew_is_found_once_the_preferred_first(
    search: tuple[list[Demand], list[list[Option]]],
) -> None:
    wanted, options = search

    found = list(crews(wanted, options, NOBODY_OUT))

    assert found == [crew for crew in product(*options) if is_possible(wanted, crew)]


@given(search=searches())
def test_starts_are_kept_exactly_when_there_is_a_crew(
    search: tuple[list[Demand], list[list[Option]]],
) -> None:
    wanted, options = search

    kept = without_clashes(wanted, options, EVERY_START)

    for bit in range(4):
        free = [[one for one in found if one.starts >> bit & 1] for found in options]
        # A demand that nobody at all could meet was looked for before.
        if all(free):
            assert bool(kept >> bit & 1) == any(is_possible(wanted, c) for c in product(*free))


@given(search=searches(), chance=st.randoms(use_true_random=False))
def test_what_is_lost_meanwhile_is_in_no_further_crew_and_no_other_crew_is_missed(
    search: tuple[list[Demand], list[list[Option]]], chance: object
) -> None:
    wanted, options = search
    lost: set[tuple[Demand, Option]] = set()

    def is_lost(demand: Demand, option: Option) -> bool:
        return (demand, option) in lost

    tried = 0
    for crew in crews(wanted, options, is_lost):
        members = list(zip(wanted, crew, strict=True))
        assert not lost.intersection(members)
        lost.add(chance.choice(members))  # type: ignore[attr-defined]
        tried += 1

    assert tried <= sum(map(len, options))
    left = [
        crew
        for crew in product(*options)
        if is_possible(wanted, crew) and not lost.intersection(zip(wanted, crew, strict=True))
    ]
    assert left == []


def party(people: int, rooms: int, *, size: int) -> tuple[list[Demand], list[list[Option]]]:
    """So many who each want somebody and a cabin for the same hour, all of them free."""
    wanted, options = [], []
    for kind, count in [(STAFF, people), ("CABIN", rooms)] * size:
        wanted.append(Demand(kind, Stretch(0, 60)))
        first = FIRST_OF_KIND[kind]
        options.append([Option(UUID(int=first + n), None, EVERY_START) for n in range(count)])
    return wanted, options


def test_fifty_people_are_not_tried_with_each_cabin_when_the_cabins_do_not_suffice() -> None:
    """Trying one after another would take fifty times forty-nine times … steps, for each start."""
    assert without_clashes(*party(50, 3, size=4), EVERY_START) == 0
    assert without_clashes(*party(50, 4, size=4), EVERY_START) == EVERY_START


def test_a_lost_cabin_is_not_looked_for_again_with_everybody_else() -> None:
    wanted, options = party(50, 2, size=2)
    lost: set[UUID] = set()
    looked = 0

    def is_lost(_: Demand, option: Option) -> bool:
        nonlocal looked
        looked += 1
        return option.resource_id in lost

    for crew in crews(wanted, options, is_lost):
        lost.add(crew[1].resource_id)

    assert lost == {options[1][0].resource_id}
    assert looked < 5_000
