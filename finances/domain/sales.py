"""What was sold, line by line, and which part of it somebody's money pays for (FIN-09).

Money may come in parts: a deposit earned with the visit, the rest a week later. Each part bills a
stretch of the sale, as if the lines lay one after the other: whatever the parts are, no line is
billed beyond its price, and all parts together are the whole, taxes and discounts included.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.money import ZERO
from finances.domain.taxes import Rates, TaxCategory, rounded, step_of, tax_within


class ItemKind(StrEnum):
    """What sort of thing a line sells."""

    SERVICE = "service"
    ADD_ON = "add_on"
    CLASS = "class"
    PACKAGE = "package"
    FORFEIT = "forfeit"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One thing at its price, taxes included, as its seller describes it.

    Without a category the usual one is meant, without a rate that of today.
    """

    kind: ItemKind
    description: str
    list_price: Decimal
    discount: Decimal = ZERO
    tax_category: str = ""
    tax_rate: Decimal | None = None
    item_id: UUID | None = None
    staff_id: UUID | None = None
    staff_name: str = ""
    category_id: UUID | None = None
    category_name: str = ""

    @property
    def net(self) -> Decimal:
        """What is to be paid for it: discounts come off before taxes are counted."""
        return self.list_price - self.discount


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What of a line is billed: `total` is `list_price` less `discount`, and `base` and `tax`."""

    line: SaleLine
    list_price: Decimal
    discount: Decimal
    tax_category: TaxCategory
    tax_rate: Decimal
    tax: Decimal
    total: Decimal

    @property
    def base(self) -> Decimal:
        """What the studio keeps."""
        return self.total - self.tax

    @property
    def is_whole(self) -> bool:
        """Whether all of the line is billed at once."""
        return self.list_price == self.line.list_price


def bill(
    lines: Sequence[SaleLine], *, since: Decimal, until: Decimal, currency: str, rates: Rates
) -> list[BilledLine]:
    """What is billed once `until` of the lines' sum is paid for, after `since` of it was billed.

    Lines that cost nothing any more come with the first part. Raises `ValueError` for a stretch
    that does not lie within the sale.
    """
    whole = sum((line.net for line in lines), ZERO)
    if not 0 <= since <= until <= whole:
        raise ValueError(f"{since} to {until} does not lie within {whole}")
    return list(_parts(lines, since, until, currency, rates))


def _parts(
    lines: Sequence[SaleLine], since: Decimal, until: Decimal, currency: str, rates: Rates
) -> Iterator[BilledLine]:
    begin = ZERO
    for line in lines:
        first, last = (_within(line, mark - begin) for mark in (since, until))
        begin += line.net
        if first < last or (line.net == 0 < line.list_price and since == 0):
            yield _part(line, first, last, currency, rates)


def _within(line: SaleLine, mark: Decimal) -> Decimal:
    return min(max(mark, ZERO), line.net)


def _part(line: SaleLine, first: Decimal, last: Decimal, currency: str, rates: Rates) -> BilledLine:
    """Differences of sums since the line's beginning: parts add up whatever is rounded."""
    category = TaxCategory(line.tax_category or rates.usual)
    rate = rates.of(category) if line.tax_rate is None else line.tax_rate
    step = step_of(currency, line.net, line.discount, first, last)

    def discounted(mark: Decimal) -> Decimal:
        return rounded(line.discount * mark / line.net, step)

    discount = discounted(last) - discounted(first) if line.net else line.discount
    return BilledLine(
        line=line,
        list_price=last - first + discount,
        discount=discount,
        tax_category=category,
        tax_rate=rate,
        tax=tax_within(last, rate, step=step) - tax_within(first, rate, step=step),
        total=last - first,
    )
