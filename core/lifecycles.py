"""The life of a row: every step there is, in one table, and the picture of it. Plain Python."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

Status = TypeVar("Status", bound=StrEnum)


class Lifecycle(Generic[Status]):
    """Steps from one status to another, each in a few words; from `None` a life begins."""

    def __init__(self, steps: Mapping[tuple[Status | None, Status], str]) -> None:
        self._steps = dict(steps)

    def allows(self, current: Status | str, target: Status | str) -> bool:
        """Whether there is a step from `current` to `target`."""
        return (current, target) in self._steps

    def after(self, current: Status | None) -> frozenset[Status]:
        """What may follow `current`; with `None`, how a life may begin."""
        return frozenset(target for source, target in self._steps if source == current)

    def picture(self) -> str:
        """The table as a Mermaid state diagram."""
        steps = (
            f"    {current.value if current else '[*]'} --> {target.value}: {words}\n"
            for (current, target), words in self._steps.items()
        )
        return "stateDiagram-v2\n" + "".join(steps)
