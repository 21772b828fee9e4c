"""Circuit breakers, one per provider, shared by all processes through the cache server (CORE-11).

A breaker counts only failures of the provider (5xx, time-outs): our own 4xx mistakes say nothing
about its health and never open it (NA-30).
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import pybreaker
import redis
from django.conf import settings

from core.metrics import BREAKER_OPEN

logger = logging.getLogger(__name__)

T = TypeVar("T")

FAILURES_TO_OPEN = 5
SECONDS_OPEN = 30


class _Storage(pybreaker.CircuitRedisStorage):
    """Breaker state in the cache server; its absence is never a failure of the call."""

    def _initialize_redis_state(self, state: str) -> None:
        try:
            super()._initialize_redis_state(state)
        except redis.RedisError:
            logger.warning("breakers work without the cache server")


class _Watch(pybreaker.CircuitBreakerListener):
    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: Any) -> None:
        is_open = new_state.name == pybreaker.STATE_OPEN
        BREAKER_OPEN.labels(provider=cb.name).set(1 if is_open else 0)
        logger.warning("breaker changed", extra={"provider": cb.name, "state": new_state.name})


class _Breaker(pybreaker.CircuitBreaker):
    def call(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Let a worker's threads call at once: pybreaker's own holds a lock until the answer."""
        answer: T = self.state.call(func, *args, **kwargs)
        return answer


@lru_cache(maxsize=32)
def breaker_for(provider: str) -> pybreaker.CircuitBreaker:
    """The breaker of a provider; with the cache server away it counts as closed."""
    storage = _Storage(
        pybreaker.STATE_CLOSED,
        redis.StrictRedis.from_url(
            settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5
        ),
        namespace=provider,
        fallback_circuit_state=pybreaker.STATE_CLOSED,
    )
    return _Breaker(
        name=provider,
        fail_max=FAILURES_TO_OPEN,
        reset_timeout=SECONDS_OPEN,
        state_storage=storage,
        listeners=[_Watch()],
        throw_new_error_on_trip=False,
    )
