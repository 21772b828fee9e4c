"""What PostgreSQL offers and the ORM does not say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import IntegrityError, connection, transaction
from django.db.models import Func

from core.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")

Values = Sequence[Any] | Mapping[str, Any]


class TsTzRange(Func):
    """`tstzrange(starts_at, ends_at)`: the half-open interval between two columns."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


def execute(statement: str, values: Values = ()) -> int:
    """Run a plain statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.rowcount)


def fetch(statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Run a plain statement that returns rows; returns all of them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@contextmanager
def atomic_without_wait() -> Iterator[None]:
    """A durable block whose commit does not wait for the disk (ADR 51).

    For work that rows owe: should the server die within the moment, all of it is undone together
    and still owed. Whatever waits for its own commit later has this one on disk before. Never for
    what somebody outside is told of, or what must be known before calling them.
    """
    with transaction.atomic(durable=True):
        execute("SET LOCAL synchronous_commit = off")
        yield


@contextmanager
def on_violation(constraint: str, error: DomainError) -> Iterator[None]:
    """Raise `error` if the block breaks `constraint`; let every other failure through."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        diagnostics = getattr(exc.__cause__, "diag", None)
        if getattr(diagnostics, "constraint_name", None) == constraint:
            raise error from exc
        raise


def requires_transaction(step: Callable[P, R]) -> Callable[P, R]:
    """Mark a step that services share: it refuses to run outside their transaction."""

    @wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError(f"{step.__qualname__} must run inside a service's transaction")
        return step(*args, **kwargs)

    return guarded


def refuse_in_transaction(what: str) -> None:
    """Raise `RuntimeError` inside a transaction: waiting for the world holds no row (NA-31)."""
    connection = transaction.get_connection()
    # The blocks Django's `TestCase` wraps around a test hold nothing anybody waits for.
    ours = [
        block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)
    ]
    if connection.in_atomic_block and ours:
        raise RuntimeError(f"{what} must not be called inside a transaction")
