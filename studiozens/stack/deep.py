"""The pytest plugin of `script/soak`: properties are tried with many more examples.

A rule by itself is tried thousands of times. What asks the database at every try costs a hundred
times as much: it is tried hundreds of times, however few its own settings are content with.
"""

import pytest
from hypothesis import HealthCheck, settings

RULES, DATABASE = 3000, 300

settings.register_profile(
    "deep", max_examples=RULES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the races, and give each property of the database its number.

    The machines have numbers of their own, and races theirs (`core.testing.rounds`).
    """
    for item in items:
        if "races" in item.path.name:
            item.add_marker("race")
        test = getattr(item, "obj", None)
        # The name by which Hypothesis's own plugin changes settings.
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if test is not None and own is not None and _asks_the_database(item):
            test._hypothesis_internal_use_settings = settings(own, max_examples=DATABASE)


def _asks_the_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return "db" in fixtures or item.get_closest_marker("django_db") is not None
