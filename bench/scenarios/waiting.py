"""Letting the stack come to rest, and keeping its worker still."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil
import psycopg

PATIENCE = 600.0
LOOK_EVERY = 0.05
QUIET = 1.0

QUEUED = """
SELECT count(*) FROM core_inboxmessage WHERE status = 'PENDING' AND provider = ANY(%s)
"""
OWED = "SELECT count(*) FROM core_outboxmessage WHERE status = 'PENDING'"
UNSENT = """
SELECT count(*) FROM notifications_delivery WHERE status IN ('QUEUED', 'IN_FLIGHT', 'UNKNOWN')
"""


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """A process that does nothing meanwhile."""
    process = psutil.Process(pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def await_quiet(url: str) -> None:
    """Until also what providers said of the messages has been worked on."""
    for _ in range(2):
        await_none(url, OWED)
        await_none(url, UNSENT)
        await_none(url, QUEUED, [["wompi", "whatsapp", "twilio"]])
        time.sleep(QUIET)


def await_none(url: str, question: str, values: Sequence[object] = ()) -> None:
    """Until `question` counts nothing any more."""
    deadline = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(question, values).fetchone() != (0,):
            if time.monotonic() > deadline:
                raise SystemExit(f"Still waiting for {question}")
            time.sleep(LOOK_EVERY)
