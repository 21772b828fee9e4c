"""Is the house standing: database, cache, broker, worker, migrations (CORE-09)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import redis
from celery import current_app
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from core.db import fetch
from core.errors import ProviderUnavailable

HEARTBEAT_KEY = "worker:heartbeat"
HEARTBEAT_SECONDS = 60
FAILURES = (ProviderUnavailable, DatabaseError, OperationalError, redis.RedisError, OSError)


class Unhealthy(Exception):
    """A part answered, and the answer is not good enough."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part's verdict; `detail` names the failure's kind, never an address or a message."""

    name: str
    is_healthy: bool
    milliseconds: float
    detail: str = ""
    is_required: bool = True


_provider_probes: dict[str, Callable[[], None]] = {}


def register_provider_probe(name: str, probe: Callable[[], None]) -> None:
    """Called once per provider from `AppConfig.ready()`; the probe goes through `core.http`, so it
    has short time-outs and stands behind the provider's breaker.
    """
    _provider_probes[name] = probe


def check_readiness() -> list[Check]:
    """The verdict on every part a process cannot work without, with how long each took."""
    return [_timed(name, probe, is_required=True) for name, probe in PROBES.items()]


def check_providers() -> list[Check]:
    """The verdict on every provider. One that is away makes nobody unready: its work waits."""
    return [_timed(name, probe, is_required=False) for name, probe in _provider_probes.items()]


def _timed(name: str, probe: Callable[[], None], *, is_required: bool) -> Check:
    started = time.monotonic()
    detail = ""
    try:
        probe()
    except Unhealthy as exc:
        detail = str(exc)
    except FAILURES as exc:
        detail = type(exc).__name__
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    return Check(name, not detail, milliseconds, detail, is_required)


def _database() -> None:
    fetch("SELECT 1")


@cache
def _migrations() -> None:
    # A verdict of "all applied" holds for the life of the process; a failure is not remembered.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Unhealthy("unapplied migrations")


def _cache() -> None:
    caches["counters"].get("health")


def _broker() -> None:
    with current_app.connection_for_write() as wire:
        wire.ensure_connection(max_retries=1, interval_start=0, timeout=1)


def _worker() -> None:
    seen = caches["counters"].get(HEARTBEAT_KEY)
    if seen is None:
        raise Unhealthy("no heartbeat")
    datetime.fromisoformat(seen)


PROBES: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "broker": _broker,
    "worker": _worker,
}
