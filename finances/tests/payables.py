"""A payable of tests: `spa` and its like register theirs the same way."""

from datetime import datetime
from uuid import UUID

from finances.registry import register_payable
from finances.types import Allocation, Settled

KIND = "tests.thing"


class FakePayable:
    """Answers as it is told; remembers every payment it was told of."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Take everything again, remember nothing."""
        self.told: list[Settled] = []
        self.answer = Allocation.accepted()
        self.failure: Exception | None = None

    def settle(self, *, paid: Settled, now: datetime) -> Allocation:
        self.told.append(paid)
        if self.failure is not None:
            raise self.failure
        return self.answer

    def describe(self, *, payable_id: UUID) -> str:
        return "Masaje relajante"


FAKE = FakePayable()
register_payable(KIND, FAKE)
