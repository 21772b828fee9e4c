"""Reading the business settings."""

from typing import TypeVar

from django.core.cache import cache

from core.metrics import CACHE_READS
from core.models import BusinessSettings

S = TypeVar("S", bound=BusinessSettings)

# Bounds what a write that raced a read can leave in the cache; a change normally deletes it.
CACHED_SECONDS = 60


def get_settings(model: type[S]) -> S:
    """The rules of one section as they are now; its defaults while nobody has saved any.

    One cache read; one query when the cache does not have it or is away.
    """
    found: S | None = cache.get(model.cache_key())
    CACHE_READS.labels(what="settings", outcome="miss" if found is None else "hit").inc()
    if found is None:
        found = model._default_manager.filter(pk=1).first() or model()
        cache.set(model.cache_key(), found, CACHED_SECONDS)
    return found
