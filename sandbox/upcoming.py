"""What a test decided about the next requests of a kind; others go as the test data says."""

from collections import deque


class Upcoming:
    """Outcomes that wait for the requests they are for. Not stored: a restart forgets them."""

    def __init__(self) -> None:
        self._outcomes: dict[str, deque[str]] = {}

    def plan(self, kind: str, outcome: str, *, times: int) -> None:
        """The next `times` requests of a kind end so, after those planned before."""
        self._outcomes.setdefault(kind, deque()).extend([outcome] * times)

    def take(self, kind: str) -> str | None:
        """The outcome of a request of that kind, if one was planned."""
        waiting = self._outcomes.get(kind)
        return waiting.popleft() if waiting else None

    def forget(self) -> None:
        """Nothing is planned any more."""
        self._outcomes.clear()
