"""Facts that finances publishes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from core.events import Event


@dataclass(frozen=True, kw_only=True)
class PaymentApproved(Event):
    """The money arrived and paid for what it was meant for."""

    topic: ClassVar[str] = "finances.payment.approved.v1"
    payment_id: UUID
    kind: str
    payable_kind: str
    payable_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str

    @property
    def aggregate(self) -> str:
        """The payment."""
        return str(self.payment_id)


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(Event):
    """The gateway refused a payer's attempt; another method may be tried until `expires_at`."""

    topic: ClassVar[str] = "finances.payment.declined.v1"
    payment_id: UUID
    payable_kind: str
    payable_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str
    expires_at: datetime

    @property
    def aggregate(self) -> str:
        """The payment."""
        return str(self.payment_id)


@dataclass(frozen=True, kw_only=True)
class PaymentCredited(Event):
    """The money arrived and became the client's credit; `reason` says why, in Spanish."""

    topic: ClassVar[str] = "finances.payment.credited.v1"
    payment_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str
    reason: str

    @property
    def aggregate(self) -> str:
        """The payment."""
        return str(self.payment_id)


@dataclass(frozen=True, kw_only=True)
class CreditEnding(Event):
    """Some of a client's credit ends soon: it can be spent on `last_day` and not after."""

    topic: ClassVar[str] = "finances.credit.ending.v1"
    client_id: UUID
    amount: Decimal
    currency: str
    last_day: date
    expires_at: datetime

    @property
    def aggregate(self) -> str:
        """The client."""
        return str(self.client_id)


@dataclass(frozen=True, kw_only=True)
class CreditAdjusted(Event):
    """The studio gave a client credit (positive) or took some (negative); `reason` says why."""

    topic: ClassVar[str] = "finances.credit.adjusted.v1"
    client_id: UUID
    amount: Decimal
    currency: str
    reason: str

    @property
    def aggregate(self) -> str:
        """The client."""
        return str(self.client_id)


@dataclass(frozen=True, kw_only=True)
class VoucherGiven(Event):
    """The studio gave a client a service: `code` pays for it until `last_day`."""

    topic: ClassVar[str] = "finances.voucher.given.v1"
    voucher_id: UUID
    client_id: UUID
    code: str
    service: str
    reason: str
    last_day: date

    @property
    def aggregate(self) -> str:
        """The client."""
        return str(self.client_id)


@dataclass(frozen=True, kw_only=True)
class RefundDone(Event):
    """Money went back to the client."""

    topic: ClassVar[str] = "finances.refund.done.v1"
    refund_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str
    reason: str
    destination: str

    @property
    def aggregate(self) -> str:
        """The refund."""
        return str(self.refund_id)


@dataclass(frozen=True, kw_only=True)
class RefundBecameCredit(Event):
    """Money could not go where it should, and is the client's credit."""

    topic: ClassVar[str] = "finances.refund.became_credit.v1"
    refund_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str
    reason: str
    # Empty in what was published before it was said.
    destination: str = ""

    @property
    def aggregate(self) -> str:
        """The refund."""
        return str(self.refund_id)


@dataclass(frozen=True, kw_only=True)
class PayoutEnded(Event):
    """A bank payment of what `party` earned has ended; `account` is its last digits."""

    topic: ClassVar[str] = "finances.payout.ended.v1"
    line_id: UUID
    party: UUID
    amount: Decimal
    currency: str
    account: str
    is_paid: bool

    @property
    def aggregate(self) -> str:
        """Whose money it is."""
        return str(self.party)


@dataclass(frozen=True, kw_only=True)
class BooksDiffer(Event):
    """A day's reconciliation found `count` differences that wait for somebody."""

    topic: ClassVar[str] = "finances.reconciliation.differs.v1"
    reconciliation_id: UUID
    day: date
    count: int

    @property
    def aggregate(self) -> str:
        """The reconciliation."""
        return str(self.reconciliation_id)


@dataclass(frozen=True, kw_only=True)
class SubscriptionChanged(Event):
    """Something happened to a membership; `what` names it, `until` is its last paid day."""

    topic: ClassVar[str] = "finances.subscription.changed.v1"
    subscription_id: UUID
    client_id: UUID
    what: str
    plan: str
    amount: Decimal
    currency: str
    until: date

    @property
    def aggregate(self) -> str:
        """The client: whether they are VIP follows from all their memberships."""
        return str(self.client_id)
