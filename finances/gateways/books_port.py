"""What finances needs of the providers to compare its books with theirs (FIN-06)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from finances.domain.payout_sightings import SeenPayout
from finances.domain.refunds import Outcome
from finances.domain.sightings import GatewayTransaction


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """A transaction in the gateway's list, and when it began."""

    transaction: GatewayTransaction
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund in the gateway's list, ours or somebody's at its desk."""

    id: str
    transaction_id: str
    reference: str
    outcome: Outcome
    status: str
    amount: Decimal
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedPayout:
    """A batch in the payouts provider's list, and when it was made."""

    payout: SeenPayout
    at: datetime | None


class ProviderBooks(Protocol):
    """Whole lists of days of UTC, both included. All raise `ProviderUnavailable` or a kind.

    A list that breaks off raises: half of it is never taken for all.
    """

    def transactions(self, since: date, until: date) -> Iterator[ListedTransaction]:
        """Every transaction that began then, whatever became of it."""

    def refunds(self, since: date, until: date) -> Iterator[ListedRefund]:
        """Every refund. Raises `RefundLookUpMissing` when the gateway cannot be asked that."""

    def payouts(self, since: date, until: date) -> Iterator[ListedPayout]:
        """Every batch of bank payments, with its lines."""
