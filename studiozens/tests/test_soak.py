"""`script/soak` decides how often a property is tried, whatever its own settings say."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiozens.stack.deep import DATABASE, pytest_collection_modifyitems

A_FEW = 12


def a_property(seen: list[int]) -> Callable[..., None]:
    @settings(max_examples=A_FEW, database=None)
    @given(number=st.integers())
    def holds(db: None, number: int) -> None:
        seen.append(number)

    return holds


def another(seen: list[int]) -> Callable[..., None]:
    @settings(max_examples=A_FEW, database=None)
    @given(number=st.integers())
    def holds(number: int) -> None:
        seen.append(number)

    return holds


@pytest.mark.parametrize(
    ("made", "words", "times"), [(a_property, {"db": None}, DATABASE), (another, {}, A_FEW)]
)
def test_a_property_of_the_database_is_tried_hundreds_of_times_and_others_as_they_say(
    made: Callable[[list[int]], Callable[..., None]],
    words: dict[str, None],
    times: int,
    request: pytest.FixtureRequest,
) -> None:
    seen: list[int] = []
    holds = made(seen)
    item = pytest.Function.from_parent(request.node.parent, name="holds", callobj=holds)

    pytest_collection_modifyitems([item])
    holds(**words)

    assert len(seen) == times
