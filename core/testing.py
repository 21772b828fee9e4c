"""Test helpers. Only tests import this module."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections
from django.utils import timezone

from core import inbox, outbox

T = TypeVar("T")


def race(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run the calls at the same instant, each on its own connection; errors are results too."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            barrier.wait(timeout=10)
            return call()
        except Exception as exc:  # noqa: BLE001  (the loser's error is what the test wants)
            return exc
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def deliver_outbox() -> None:
    """Deliver whatever is due, as the workers would."""
    while outbox.deliver_due(now=timezone.now()):
        pass


def process_inbox() -> None:
    """Work on whatever webhook is due, as the workers would."""
    while inbox.process_due(now=timezone.now()):
        pass
