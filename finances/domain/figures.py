"""What a report is made of: sums of the ledger and of rows, never single rows (FIN-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sold:
    """Lines of sales documents that are alike, and what of them credit notes took back."""

    location_id: UUID | None
    location_name: str
    item_kind: str
    category_id: UUID | None
    category_name: str
    staff_id: UUID | None
    staff_name: str
    tax_category: str
    tax_rate: Decimal
    currency: str
    last_at: datetime
    lines: int
    discount: Decimal
    taken_back: Decimal
    base: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """Both sides of an account by the kind of movement; `party` where it is the staff's money."""

    account: str
    kind: str
    currency: str
    party: UUID | None
    debit: Decimal
    credit: Decimal

    @property
    def net(self) -> Decimal:
        """Debits positive."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Taken:
    """Payments that came in one way at one place: what they say, and what was booked."""

    channel: str
    method: str
    location_id: UUID | None
    currency: str
    payments: int
    amount: Decimal
    tips: Decimal
    booked: Decimal


@dataclass(frozen=True, slots=True)
class CashMoved:
    """What one kind of movement did to the cash of a place: as rows say it, and as booked."""

    location_id: UUID | None
    kind: str
    currency: str
    amount: Decimal
    booked: Decimal


@dataclass(frozen=True, slots=True)
class Stood:
    """What an account said, positive on its normal side."""

    account: str
    currency: str
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True)
class AccountInWords:
    """An account as the chart has it."""

    name: str
    kind: str
    normal_side: int


@dataclass(frozen=True, slots=True)
class BookedSales:
    """What the ledger earned for documents of a place, revenue and taxes apart."""

    currency: str
    revenue: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one period. Of one place there are only those that name it: sales, payments, cash."""

    sold: Sequence[Sold]
    taken: Sequence[Taken]
    cash: Sequence[CashMoved]
    moved: Sequence[Moved] = ()
    stood: Sequence[Stood] = ()
    booked_sales: Sequence[BookedSales] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called: the chart, kinds of movements, places and earners, ways to pay."""

    accounts: Mapping[str, AccountInWords]
    movements: Mapping[str, str]
    items: Mapping[str, str]
    taxes: Mapping[str, str]
    ways: Mapping[tuple[str, str], str]
    names: Mapping[str, str]

    def name_of(self, key: UUID | None, *, nobody: str) -> str:
        """A place or an earner."""
        return self.names.get(str(key), str(key)) if key else nobody
