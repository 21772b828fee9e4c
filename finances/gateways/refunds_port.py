"""What finances needs of a gateway to give money back."""

from decimal import Decimal
from typing import Protocol

from finances.domain.refunds import RefundSighting
from finances.domain.sightings import GatewayTransaction


class RefundGateway(Protocol):
    """What acts raises `RefundRefused` when the gateway says no, `UnknownOutcome` or
    `GatewayAnswerOdd` when it may have acted all the same, and another `ProviderUnavailable` when
    it surely has not.
    """

    def void(self, transaction_id: str) -> GatewayTransaction:
        """Undo a whole card payment of today; the transaction as it is then. Acts."""

    def refund(
        self, *, transaction_id: str, amount: Decimal, reference: str, reason: str
    ) -> RefundSighting:
        """Give a part or all of a transaction back, under our reference. Acts."""

    def find_refund(self, *, transaction_id: str, reference: str) -> RefundSighting | None:
        """The refund with our reference; `None` if the gateway surely has none.

        Raises `RefundLookUpMissing` when the gateway cannot be asked that.
        """
