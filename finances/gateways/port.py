"""What finances needs of a payment gateway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from finances.domain.charges import ChargeOrder
from finances.domain.means import Acceptance
from finances.domain.sightings import GatewayTransaction
from finances.domain.sources import KeptSource, NequiToken, SourceKind


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


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that PSE reaches, by its code there."""

    code: str
    name: str


class Gateway(Protocol):
    """The gateway's own books, and what we ask it to do. All raise `ProviderUnavailable` or a kind.

    What acts raises `RefusedByGateway` when the gateway says no, `GatewayRefused` when it does not
    want us at all, `UnknownOutcome` or `GatewayAnswerOdd` when it may have acted all the same, and
    plain `ProviderUnavailable` when it surely has not.
    """

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

    def glance(self, transaction_id: str) -> GatewayTransaction | None:
        """`find_by_id` while somebody waits: tried once, and not for long."""

    def charge(self, order: ChargeOrder) -> GatewayTransaction:
        """Take the money that `order` says, once. Acts."""

    def list_banks(self) -> list[Bank]:
        """Where PSE can take money from."""

    def ask_nequi(self, phone: str) -> NequiToken:
        """Ask the owner of a Nequi account in the app whether it may be kept. Acts."""

    def find_nequi(self, token: str) -> NequiToken:
        """What the owner said."""

    def keep_source(
        self, *, kind: SourceKind, token: str, email: str, acceptance: Acceptance
    ) -> KeptSource:
        """Keep a card or an account for later charges. Acts."""

    def find_source(self, source_id: str) -> KeptSource:
        """A source that is kept."""

    def void_source(self, source_id: str) -> None:
        """Forget a source; once forgotten it may be said again. Acts."""
