"""What a voucher takes off, line by line (SPA-13). Exact decimals; whole pesos where they count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from uuid import UUID

from core.money import CENT, STEPS, ZERO, share_of


class VoucherKind(StrEnum):
    """How a voucher counts."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Scope(StrEnum):
    """What a voucher is good for."""

    ALL = "all"
    SERVICES = "services"
    PACKAGES = "packages"


class Objection(StrEnum):
    """Why a voucher that exists is of no use to somebody."""

    INACTIVE = "inactive"
    NOT_YET = "not_yet"
    ENDED = "ended"
    NOT_FOR_THIS = "not_for_this"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One thing that is being bought, at the price left to pay for it: a service or a package."""

    service_id: UUID | None
    price: Decimal
    package_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class VoucherTerms:
    """What a voucher promises; without `item_ids` it is good for everything of its scope."""

    kind: VoucherKind
    value: Decimal
    currency: str
    scope: Scope
    item_ids: frozenset[UUID]
    min_spend: Decimal
    valid_from: datetime | None
    valid_until: datetime | None
    is_active: bool
    combines_with_vouchers: bool = False
    combines_with_vip: bool = True
    combines_with_credit: bool = True


@dataclass(frozen=True, slots=True)
class Discount:
    """What a voucher takes off each line, in their order."""

    voucher_id: UUID
    code: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """What it takes off in all."""
        return sum(self.amounts, ZERO)


def together(found: Sequence[Discount]) -> tuple[Decimal, ...]:
    """What all of them take off each line."""
    shares = zip(*(discount.amounts for discount in found), strict=True)
    return tuple(sum(line, ZERO) for line in shares)


class Clash(StrEnum):
    """What a voucher does not combine with."""

    VOUCHERS = "vouchers"
    VIP = "vip"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Beside:
    """What else makes the price smaller: a VIP price, and credit that pays for some of it."""

    vip_price: bool = False
    uses_credit: bool = False


def clash_of(terms: VoucherTerms, *, has_others: bool, beside: Beside) -> Clash | None:
    """What stands in the voucher's way of all that is wanted beside it; `None` if nothing does."""
    if has_others and not terms.combines_with_vouchers:
        return Clash.VOUCHERS
    if beside.vip_price and not terms.combines_with_vip:
        return Clash.VIP
    if beside.uses_credit and not terms.combines_with_credit:
        return Clash.CREDIT
    return None


def order_of(terms: VoucherTerms, code: str) -> tuple[bool, Decimal, str]:
    """A key to sort vouchers by: percentages first, then amounts; in each the larger first.

    So it does not matter in which order somebody types them.
    """
    return (terms.kind is not VoucherKind.PERCENT, -terms.value, code)


def stack(
    terms: Sequence[VoucherTerms], lines: Sequence[VoucherLine], *, currency: str
) -> list[tuple[Decimal, ...]]:
    """What each voucher takes off each line, in their order, of what those before it left.

    All together never take more off a line than its price.
    """
    found, left = [], list(lines)
    for each in terms:
        amounts = discounts(each, left, currency=currency)
        left = [
            replace(line, price=line.price - amount)
            for line, amount in zip(left, amounts, strict=True)
        ]
        found.append(amounts)
    return found


def covers(terms: VoucherTerms, line: VoucherLine) -> bool:
    """Whether the voucher takes anything off this line."""
    if terms.scope is Scope.ALL:
        return True
    item = line.service_id if terms.scope is Scope.SERVICES else line.package_id
    return item is not None and (not terms.item_ids or item in terms.item_ids)


def objection_to(terms: VoucherTerms, *, now: datetime) -> Objection | None:
    """Why the voucher cannot be used by anybody now; `None` if it can."""
    if not terms.is_active:
        return Objection.INACTIVE
    if terms.valid_from is not None and now < terms.valid_from:
        return Objection.NOT_YET
    if terms.valid_until is not None and now >= terms.valid_until:
        return Objection.ENDED
    return None


def objection_to_lines(
    terms: VoucherTerms, lines: Sequence[VoucherLine], *, currency: str
) -> Objection | None:
    """Why the voucher takes nothing off these lines; `None` if it does.

    The minimum spend counts the lines the voucher covers, not what is bought beside them.
    """
    covered = sum((line.price for line in lines if covers(terms, line)), ZERO)
    if currency != terms.currency or covered <= 0:
        return Objection.NOT_FOR_THIS
    return Objection.TOO_LITTLE if covered < terms.min_spend else None


def discounts(
    terms: VoucherTerms, lines: Sequence[VoucherLine], *, currency: str
) -> tuple[Decimal, ...]:
    """What is taken off each line, in their order; never more than its price."""
    prices = [line.price if covers(terms, line) else ZERO for line in lines]
    whole = sum(prices, ZERO)
    if terms.kind is VoucherKind.PERCENT:
        wanted = share_of(whole, terms.value, currency)
    else:
        wanted = terms.value
    return split(min(wanted, whole), prices, currency=currency)


def split(amount: Decimal, weights: Sequence[Decimal], *, currency: str) -> tuple[Decimal, ...]:
    """`amount` in proportion to `weights` (their sum at most), by the largest remainder.

    The parts sum to the whole and none exceeds its weight. They are whole steps of the currency;
    where an amount or a weight is not, they are cents.
    """
    total = sum(weights, ZERO)
    if not 0 <= amount <= total:
        raise ValueError(f"{amount} is not between nothing and {total}")
    if amount == 0:
        return tuple(ZERO for _ in weights)
    step = STEPS.get(currency, CENT)
    if any(value % step for value in (amount, *weights)):
        step = CENT
    # Compared as whole numbers of `step * total`: a quotient would lose what decides a tie.
    shares = [divmod(amount * weight, step * total) for weight in weights]
    units = [int(whole) for whole, _ in shares]
    missing = int((amount / step).to_integral_value(rounding=ROUND_FLOOR)) - sum(units)
    by_rest = sorted(range(len(weights)), key=lambda place: (-shares[place][1], place))
    for place in by_rest[:missing]:
        units[place] += 1
    return tuple((unit * step).quantize(CENT) for unit in units)
