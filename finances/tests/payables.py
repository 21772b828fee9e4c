"""A payable of tests: `spa` and its like register theirs the same way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from finances.registry import register_payable
from finances.types import Allocation, Settled

KIND = "tests.thing"


class FakePayable:
    """Answers as it is told; remembers every payment it was told of, and how often it was asked."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Take everything again, remember nothing."""
        self.told: list[Settled] = []
        self.asked = 0
        self.answer = Allocation.accepted()
        self.failure: Exception | None = None

    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        self.asked += 1
        self.told += paid
        if self.failure is not None:
            raise self.failure
        return [self.answer] * len(paid)

    def describe(self, *, payable_id: UUID) -> str:
        return "Masaje relajante"


FAKE = FakePayable()
register_payable(KIND, FAKE)
