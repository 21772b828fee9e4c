"""What finances says to, and hears from, the apps above it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.discounts import Beside, Discount, Scope, VoucherLine, split, together
from finances.domain.sales import ItemKind, SaleLine

__all__ = [
    "Account",
    "Allocation",
    "Beside",
    "Discount",
    "Earning",
    "Fate",
    "ItemKind",
    "OrderedSubscription",
    "PaymentView",
    "Sale",
    "SaleLine",
    "Scope",
    "Settled",
    "VoucherLine",
    "split",
    "together",
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


@dataclass(frozen=True, slots=True)
class Sale:
    """What earned money was for, as a document says it: where, for what that is paid, its lines.

    `billed` is how much of the lines was earned, and documented, before. `part_of` is what the
    thing was paid for together with others, where payments name that.
    """

    location_id: UUID | None
    payable_kind: str
    payable_id: UUID
    lines: tuple[SaleLine, ...]
    billed: Decimal = ZERO
    part_of: tuple[str, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Earning:
    """Money held for a client that the studio has earned, taxes included, and what it sold."""

    client_id: UUID
    amount: Decimal
    currency: str
    source: Account
    revenue: Account
    cause_kind: str
    cause_id: UUID
    sale: Sale


@dataclass(frozen=True, slots=True)
class OrderedSubscription:
    """A membership that somebody changed, and the charge that has to be sent for it, if any."""

    subscription_id: UUID
    charge_id: UUID | None
