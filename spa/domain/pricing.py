"""What a visit costs: one pipeline of pure functions, for quotes and for bookings alike.

List prices, then a package's sessions, then a voucher, then the deposit, then the client's credit:
each stage takes what the one before it left (SPA-08, SPA-09, SPA-13, SPA-14, SPA-26).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from core.money import CENT, STEPS, ZERO, charged
from spa.domain.policy import BookingPolicy, History, Line


@dataclass(frozen=True, slots=True)
class Charge:
    """One service or add-on at its list price, and the deposit rule of its own, if any.

    `is_vip_price`: others pay more for it.
    """

    service_id: UUID
    list_price: Decimal
    deposit_percent: Decimal | None = None
    deposit_amount: Decimal | None = None
    is_add_on: bool = False
    is_vip_price: bool = False


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A charge, and what came off it."""

    charge: Charge
    is_covered: bool = False
    discount: Decimal = ZERO

    @property
    def price(self) -> Decimal:
        """Before the voucher: nothing when a package's session pays for it."""
        return ZERO if self.is_covered else self.charge.list_price

    @property
    def net(self) -> Decimal:
        """What the client owes for it."""
        return self.price - self.discount


@dataclass(frozen=True, slots=True)
class Price:
    """What a visit costs, what of it is owed now, and how much of that credit pays."""

    lines: tuple[PricedLine, ...]
    currency: str
    deposit: Decimal
    credit: Decimal

    @property
    def sessions(self) -> int:
        """How many sessions of the package it takes."""
        return sum(line.is_covered for line in self.lines)

    @property
    def discount(self) -> Decimal:
        """What the voucher takes off."""
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the client owes altogether."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def due_now(self) -> Decimal:
        """What has to be paid for the visit to be certain."""
        return self.deposit - self.credit


def cover(
    charges: Sequence[Charge], *, service_ids: Collection[UUID], sessions: int
) -> tuple[PricedLine, ...]:
    """Let a package pay for whole lines, the dearest first: one session each.

    Add-ons are no sessions, and what is free needs none.
    """
    candidates = [
        number
        for number, charge in enumerate(charges)
        if charge.service_id in service_ids and charge.list_price > 0 and not charge.is_add_on
    ]
    candidates.sort(key=lambda number: (-charges[number].list_price, number))
    covered = set(candidates[:sessions])
    return tuple(PricedLine(charge, number in covered) for number, charge in enumerate(charges))


def take_off(lines: Sequence[PricedLine], discounts: Sequence[Decimal]) -> tuple[PricedLine, ...]:
    """Take a voucher's shares off, line by line; no line goes below nothing."""
    pairs = zip(lines, discounts, strict=True)
    return tuple(replace(line, discount=min(discount, line.price)) for line, discount in pairs)


def settle(
    lines: Sequence[PricedLine],
    *,
    policy: BookingPolicy,
    is_vip: bool,
    history: History,
    currency: str,
    credit: Decimal,
) -> Price:
    """What is owed before the visit, and how much of it `credit` pays."""
    owed = [
        Line(line.net, line.charge.deposit_percent, line.charge.deposit_amount) for line in lines
    ]
    deposit = policy.deposit_of(owed, is_vip=is_vip, currency=currency, history=history)
    used = usable_credit(credit, deposit=deposit, currency=currency)
    return Price(tuple(lines), currency, deposit, used)


def usable_credit(credit: Decimal, *, deposit: Decimal, currency: str) -> Decimal:
    """How much of the credit a deposit can take: what is left must be an amount one can charge."""
    if credit >= deposit:
        return deposit
    step = STEPS.get(currency, CENT)
    return ((credit / step).quantize(Decimal(1), rounding=ROUND_FLOOR) * step).quantize(CENT)


def value_of_sessions(
    price: Decimal, *, sessions_total: int, settled: int, sessions: int, currency: str
) -> Decimal:
    """What the next `sessions` of a package are worth after `settled` of them.

    Each is the difference of two rounded shares, so that all of them add up to the price exactly.
    """

    def worth(count: int) -> Decimal:
        return charged(price * count / sessions_total, currency)

    return worth(settled + sessions) - worth(settled)
