"""What finances needs of a provider that pays to banks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from finances.domain.payout_sightings import SeenPayout


@dataclass(frozen=True, slots=True)
class BankListed:
    """A bank that can be paid to."""

    gateway_id: str
    name: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Whom to pay, where, how much."""

    reference: str
    legal_id_kind: str
    legal_id: str = field(repr=False)
    bank_id: str
    account_type: str
    account_number: str = field(repr=False)
    name: str
    email: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """A batch as it is sent; the same bytes each time it is sent under its key."""

    reference: str
    idempotency_key: str
    account_id: str
    payment_type: str
    lines: Sequence[OrderLine]


class PayoutsGateway(Protocol):
    """Bank payments. Reads raise `ProviderUnavailable` or a kind of it."""

    def list_banks(self) -> list[BankListed]:
        """Banks that can be paid to."""

    def find_account(self) -> str:
        """The account the money comes from."""

    def daily_limit(self) -> Decimal:
        """How much may leave a day."""

    def create(self, order: PayoutOrder) -> str:
        """Send a batch; answers the provider's id.

        Raises `PayoutRefused` when it surely was not taken, and never will be as it is;
        `PayoutKeyUsed` when the key was seen before, `UnknownOutcome` when it may have been taken;
        `ProviderUnavailable` when it surely was not taken and may be later.
        """

    def find_by_reference(self, reference: str) -> SeenPayout | None:
        """The batch under OUR reference."""

    def find_by_id(self, payout_id: str) -> SeenPayout | None:
        """The batch with the PROVIDER's id."""
