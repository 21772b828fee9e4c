"""What identity needs of a provider of one-time codes."""

from typing import Protocol


class SendRefused(Exception):
    """The provider will never send this one; `code` is its own name for the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Verifier(Protocol):
    """Makes, sends and checks codes; they never pass through us on their way out."""

    def send(self, *, phone: str, channel: str) -> str:
        """Send a code; the provider's id of it. A repeat within its life sends the same code.

        Raises `SendRefused`, `ProviderUnavailable` (it was not sent), `UnknownOutcome`.
        """

    def check(self, *, phone: str, code: str) -> bool:
        """Whether `code` is the one that was sent and still good; a right code is good once.

        Raises `ProviderUnavailable` (it was not looked at), `UnknownOutcome`.
        """
