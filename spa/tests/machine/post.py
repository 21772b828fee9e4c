"""Whoever carries messages to phones, as the machine plays it."""

from uuid import UUID

from notifications.domain.outcomes import Accepted, Outcome, Reference
from notifications.domain.templates import Rendered


class Post:
    """Takes every message, and remembers which deliveries it took."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.sent: list[UUID] = []

    def send(self, *, reference: Reference, phone: str, message: Rendered) -> Outcome:
        self.sent.append(reference.delivery_id)
        return Accepted(f"wamid.{reference}")
