"""What finances says to, and hears from, the apps above it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from finances.domain.accounts import Account
from finances.domain.discounts import Discount, Scope, VoucherLine

__all__ = [
    "Account",
    "Allocation",
    "Discount",
    "Fate",
    "PaymentView",
    "Scope",
    "Settled",
    "VoucherLine",
]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as other apps may see it; `status` is the API's word (`pending`, `approved`, …)."""

    id: UUID
    reference: str
    next_reference: int
    kind: str
    payable_kind: str
    payable_id: UUID
    client_id: UUID
    amount: Decimal
    currency: str
    status: str
    allocation: str
    expires_at: datetime
    opened_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settled:
    """Money that has certainly arrived, as a `Payable` is told of it."""

    payment_id: UUID
    payable_id: UUID
    client_id: UUID
    kind: str
    amount: Decimal
    currency: str
    paid_at: datetime


class Fate(StrEnum):
    """What became of money that arrived."""

    ACCEPTED = "accepted"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class Allocation:
    """A `Payable`'s answer. Made by `accepted` or `credited`.

    `branch` names the way for metrics (a word from code, never an id); empty when nothing was late.
    `reason` completes, in Spanish and for the person, why the money became credit.
    """

    fate: Fate
    branch: str = ""
    reason: str = ""

    @classmethod
    def accepted(cls, *, branch: str = "") -> Self:
        """The money paid for what it was meant for; `branch` if it took a rescue."""
        return cls(Fate.ACCEPTED, branch)

    @classmethod
    def credited(cls, *, branch: str, reason: str) -> Self:
        """What it was meant for cannot be had any more: the client keeps the money as credit."""
        return cls(Fate.CREDITED, branch, reason)
