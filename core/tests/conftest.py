"""What several tests of the platform need."""

from collections.abc import Iterator

import pytest

from core.tests import happenings


@pytest.fixture
def listening() -> Iterator[None]:
    """Somebody reacts to `Noted` by writing it down."""
    happenings.listen()
    yield
    happenings.forget(happenings.WRITER)


@pytest.fixture
def no_cache_server(settings) -> None:
    """The cache server is away: nobody listens on its port."""
    away = "redis://127.0.0.1:9/0"
    settings.CACHES = {
        name: {**options, "LOCATION": away} for name, options in settings.CACHES.items()
    }
