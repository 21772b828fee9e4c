"""Reports that need one moment of all tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from core.db import execute


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read only, and the same moment in every query: payments settle while a report is made."""
    with transaction.atomic(durable=True):
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Long books take longer than any statement of a request may.
        execute("SET LOCAL statement_timeout = 0")
        yield


@contextmanager
def one_moment() -> Iterator[None]:
    """The same for a page that somebody waits for; whoever has begun a transaction stays in it."""
    if transaction.get_connection().in_atomic_block:
        yield
        return
    with transaction.atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
