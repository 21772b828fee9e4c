"""What sending needs of a provider."""

from typing import Protocol

from notifications.domain.outcomes import Outcome, Reference
from notifications.domain.templates import Rendered


class Gateway(Protocol):
    """One provider. `reference` travels with the message and comes back in its statuses."""

    def send(self, *, reference: Reference, phone: str, message: Rendered) -> Outcome:
        """Try once. Never raises for what the provider does; call it outside transactions."""
