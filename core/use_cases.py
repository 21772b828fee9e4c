"""A use case is one function and one durable transaction.

`@use_case` keeps the undecorated body reachable, because the idempotent runner has to commit its
record in the effect's own transaction (`core.idempotency`), which it can only do by opening it.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


class UseCase(Generic[P, R]):
    """A callable that runs `body` in a durable transaction of its own; it cannot be nested."""

    def __init__(self, body: Callable[P, R]) -> None:
        self.body = body
        update_wrapper(self, body)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=True):
            return self.body(*args, **kwargs)


def use_case(body: Callable[P, R]) -> UseCase[P, R]:
    """Mark a service function: all of it commits, or nothing does."""
    return UseCase(body)
