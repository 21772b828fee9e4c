"""What finances needs of a payment gateway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from finances.domain.sightings import GatewayTransaction


@dataclass(frozen=True, slots=True)
class AcceptanceToken:
    """A document the payer must accept before a charge by API; spent by one transaction."""

    token: str
    permalink: str


@dataclass(frozen=True, slots=True)
class MerchantInfo:
    """Our account at the gateway, with two fresh acceptance tokens."""

    name: str
    methods: tuple[str, ...]
    policy: AcceptanceToken
    personal_data: AcceptanceToken


class Gateway(Protocol):
    """Reads of the gateway's own books. All raise `ProviderUnavailable` or a kind of it."""

    def find_by_id(self, transaction_id: str) -> GatewayTransaction | None:
        """The transaction with the GATEWAY's id; `None` if it knows none (NA-27)."""

    def find_by_reference(self, reference: str) -> list[GatewayTransaction]:
        """Every attempt under OUR reference, oldest first; empty if nobody tried to pay."""

    def find_many(
        self, transaction_ids: Collection[str]
    ) -> dict[str, GatewayTransaction | Exception | None]:
        """`find_by_id` of many at once; a failure is the answer of its id only."""

    def merchant_info(self) -> MerchantInfo:
        """Our account, asked afresh each time: its tokens are spent once and never kept."""
