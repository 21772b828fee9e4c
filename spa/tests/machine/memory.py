"""What was read from the tables is not read again before one of those tables changes.

Checking everything after every step would otherwise cost more than what is checked.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple, TypeVar

from django.db import connection

T = TypeVar("T")

# How many rows each table has, and a number for all that is in them.
Trace = dict[str, tuple[Any, ...]]
# What is never the same as before.
BEYOND = "beyond the tables"


class Kept(NamedTuple):
    """What somebody read, and the tables as they were then."""

    value: Any
    seen: dict[str, Any]


class Memory:
    """Of one example. Whoever changes the tables says what they look like now."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._kept: dict[Hashable, Kept] = {}
        self._readings: list[set[str]] = []

    def recall(self, what: Hashable, read: Callable[[], T]) -> T:
        """`read()`, or what it gave last time, if all the tables that it read are as they were."""
        kept = self._kept.get(what)
        if kept is None or any(self._look(name) != was for name, was in kept.seen.items()):
            kept = self._kept[what] = self._read(read)
        # Whoever reads this as a part of something depends on all that it depends on.
        self._note(kept.seen)
        value: T = kept.value
        return value

    def look_beyond(self) -> None:
        """Whoever reads now reads more than tables: nobody knows whether that has changed."""
        self._note([BEYOND])

    def _read(self, read: Callable[[], object]) -> Kept:
        self._readings.append(names := set())
        try:
            with connection.execute_wrapper(self._listen):
                value = read()
        finally:
            self._readings.pop()
        return Kept(value, {name: self._look(name) for name in names})

    def _listen(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """A table that is read is named, if only as the beginning of another's name."""
        self._note(name for name in self.trace if name in sql)
        return execute(sql, *rest)

    def _look(self, name: str) -> object:
        return object() if name == BEYOND else self.trace[name]

    def _note(self, names: Iterable[str]) -> None:
        if self._readings:
            self._readings[-1].update(names)
