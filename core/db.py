"""What PostgreSQL offers and the ORM does not say."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import IntegrityError, transaction
from django.db.models import Func

from core.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


class TsTzRange(Func):
    """`tstzrange(starts_at, ends_at)`: the half-open interval between two columns."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


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
