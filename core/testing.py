"""Test helpers. Only tests import this module."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import Context
from functools import cache, partial
from threading import Barrier, BrokenBarrierError, Event, get_ident
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import hypothesis
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from core import inbox, outbox
from core.db import fetch

T = TypeVar("T")

# Waiting for a transaction names no database; what the waiter already holds does.
WAITING = """
SELECT count(*) FROM pg_locks
 WHERE NOT granted
   AND pid IN (SELECT pid FROM pg_locks JOIN pg_database ON oid = database
                WHERE datname = current_database())
"""
# Only the soak's profile tries so many.
IS_DEEP = hypothesis.settings().max_examples > 1000
WRITES = re.compile(r"(?<!FOR )(?<!FOR NO KEY )\b(INSERT|UPDATE|DELETE)\b")
# Shorter than a statement waits for a lock: one that is held may be another's, who waits here.
MEETING_SECONDS = 3.0
# Connecting costs more than most calls that race, so who has raced stays for the next race.
_racers = ThreadPoolExecutor(max_workers=300, thread_name_prefix="racer")
_lines: dict[int, Any] = {}


# What nobody who races does before all others have come as far; set by `all_read_first`.
meet_before: re.Pattern[str] | None = None


def rounds(few: int, many: int, *, first: int = 0) -> range:
    """Numbers of the rounds of a race: a few on every run, many in the soak."""
    return range(first, first + (many if IS_DEEP else few))


def one_by_one(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What `race` may come to, and this does for certain: each call after the one before it."""
    return [outcome for call in calls for outcome in race([call])]


def race(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run the calls at the same instant, each on its own connection; errors are results too."""
    barrier, meeting = Barrier(len(calls)), Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            barrier.wait(timeout=10)
            if meet_before is None:
                return Context().run(call)
            with _meeting_the_others(meeting, meet_before):
                return Context().run(call)
        except Exception as exc:  # noqa: BLE001  (the loser's error is what the test wants)
            return exc
        finally:
            _make_new()

    return list(_racers.map(run, calls))


@contextmanager
def _meeting_the_others(others: Barrier, before: re.Pattern[str]) -> Iterator[None]:
    """Wait before the first such statement for the others, but not for ever: one may be locked out.

    What a control shows, its guard taken out, is certain so on the slowest machine. Whoever ends
    without such a statement lets the others go.
    """
    has_met = False

    def meet(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        nonlocal has_met
        if not has_met and before.search(str(sql)):
            has_met = True
            with suppress(BrokenBarrierError):
                others.wait(timeout=MEETING_SECONDS)
        return execute(sql, *rest)

    try:
        with connection.execute_wrapper(meet):
            yield
    finally:
        if not has_met:
            others.abort()


def overtake(slow: Callable[[], T], *, by: Callable[[], T]) -> list[T | Exception]:
    """`slow` has read when the other begins, and writes when that is done; what both came to."""
    has_read, is_done = Event(), Event()

    def pause(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        if not has_read.is_set() and WRITES.search(str(sql)):
            has_read.set()
            is_done.wait(timeout=10)
        return execute(sql, *rest)

    def first() -> T:
        with connection.execute_wrapper(pause):
            return slow()

    def second() -> T:
        try:
            if not has_read.wait(timeout=10):
                raise TimeoutError("the other one wrote nothing")
            return by()
        finally:
            is_done.set()

    return race([first, second])


def queue(calls: Sequence[Callable[[], T]], *, behind: Callable[[], object]) -> list[T | Exception]:
    """Let the calls wait, in this order, for the lock that `behind` takes; then it is given free.

    What a race leaves to chance is certain so: who is first, and that the others wait. Who of
    several others is next is not, once the row has changed: they look for it anew (PostgreSQL).
    """
    turns = [Event() for _ in calls]
    backends: list[Future[int]] = [Future() for _ in calls]

    def hold() -> None:
        with transaction.atomic():
            behind()
            for turn, backend in zip(turns, backends, strict=True):
                turn.set()
                _until_it_waits(backend.result(timeout=10))

    def in_turn(number: int, call: Callable[[], T]) -> T:
        if not turns[number].wait(timeout=10):
            raise TimeoutError("the one before it never waited")
        connection.ensure_connection()
        backends[number].set_result(connection.connection.info.backend_pid)
        return call()

    everybody: list[Callable[[], T | None]] = [hold]
    everybody += [partial(in_turn, number, call) for number, call in enumerate(calls)]
    held, *outcomes = race(everybody)
    if isinstance(held, Exception):
        raise held
    return cast(list[T | Exception], outcomes)


def _make_new() -> None:
    """Leave this thread's connection as a new one: no settings, no locks, no transaction."""
    if connection.connection is None:
        return
    _lines[get_ident()] = connection.connection
    try:
        connection.connection.execute("DISCARD ALL")
    except Exception:  # noqa: BLE001  (ended by the server, or in the middle of something)
        connections.close_all()


def hang_up() -> None:
    """Close the connections that races have left open, so that the database can be dropped."""
    for line in _lines.values():
        line.close()
    if _nursery.cache_info().currsize:
        _nursery().communicate()


def _until_it_waits(backend: int) -> None:
    for _ in range(10_000):
        if fetch("SELECT 1 FROM pg_locks WHERE NOT granted AND pid = %s", [backend]):
            return
    raise AssertionError("it does not wait")


def until_somebody_waits(count: int = 1, *, or_until: Event | None = None) -> bool:
    """Until as many others wait for locks, or something else happens; says whether they wait."""
    for _ in range(10_000):
        ((waiting,),) = fetch(WAITING)
        if waiting >= count:
            return True
        if or_until is not None and or_until.is_set():
            return False
    raise AssertionError("nobody waits")


def deliver_outbox() -> None:
    """Deliver whatever is due, as the workers would."""
    while outbox.deliver_due(now=timezone.now()):
        pass


def process_inbox() -> None:
    """Work on whatever webhook is due, as the workers would."""
    while inbox.process_due(now=timezone.now()):
        pass


def run_process(script: str) -> int:
    """Run Python code in a process of its own on the test's database; its exit code.

    The code finds Django set up. A process killed by signal n ends with -n.
    """
    nursery = _nursery()
    shared = (
        "WHATSAPP_BASE_URL",
        "TWILIO_BASE_URL",
        "WOMPI_BASE_URL",
        "WOMPI_PAYOUTS_BASE_URL",
        "PUBLIC_BASE_URL",
    )
    order = {"script": script, "settings": {name: getattr(settings, name) for name in shared}}
    assert nursery.stdin is not None  # noqa: S101 - for the types
    assert nursery.stdout is not None  # noqa: S101
    nursery.stdin.write(f"{json.dumps(order)}\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


@cache
def _nursery() -> "subprocess.Popen[str]":
    """The process that has Django set up; it ends with the run, when its input does."""
    parts = urlsplit(settings.DATABASE_URL)
    environment = {
        **os.environ,
        "REDIS_URL": settings.REDIS_URL,
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}")),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "core.tests.nursery"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
