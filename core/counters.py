"""Counting requests: atomically in the cache, in the database while the cache is away (CORE-03)."""

import logging
import time

from django.core.cache import caches
from redis.exceptions import RedisError

from core.db import fetch

logger = logging.getLogger(__name__)

COUNT_IN_DATABASE = """
INSERT INTO core_throttlecounter (key, "window", hits, created_at)
VALUES (%s, %s, 1, now())
ON CONFLICT ON CONSTRAINT core_throttlecounter_once
   DO UPDATE SET hits = core_throttlecounter.hits + 1
RETURNING hits
"""


def count_hit(key: str, *, seconds: int, fail_closed: bool) -> int:
    """The hit's number in the current window of `seconds` for `key`, starting at 1.

    One atomic increment, so parallel requests never share a number (NA-07). With the cache away it
    counts in the database if `fail_closed`, otherwise answers 0: availability before a soft limit.
    """
    window = int(time.time()) // seconds
    try:
        return _count_in_cache(f"throttle:{key}:{window}", seconds)
    except RedisError:
        logger.warning("throttle counts without the cache", extra={"fail_closed": fail_closed})
    return _count_in_database(key, window) if fail_closed else 0


def _count_in_cache(key: str, seconds: int) -> int:
    counters = caches["counters"]
    if counters.add(key, 1, timeout=seconds):
        return 1
    try:
        return int(counters.incr(key))
    except ValueError:  # the window ended between the two calls
        counters.set(key, 1, timeout=seconds)
        return 1


def _count_in_database(key: str, window: int) -> int:
    ((count,),) = fetch(COUNT_IN_DATABASE, [key, window])
    return int(count)
