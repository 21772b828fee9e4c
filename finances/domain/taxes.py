"""Taxes that a price includes (FIN-09): which part of it is the state's, to the peso."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.money import CENT, STEPS, ZERO
from finances.domain.accounts import Account

WHOLE = Decimal(100)


class TaxCategory(StrEnum):
    """How something is taxed; the rates are an owner's to change."""

    NONE = "none"
    VAT = "vat"
    REDUCED_VAT = "reduced_vat"
    CONSUMPTION = "consumption"


TAX_CATEGORIES = [
    (TaxCategory.NONE.value, "Sin impuesto"),
    (TaxCategory.VAT.value, "IVA"),
    (TaxCategory.REDUCED_VAT.value, "IVA reducido"),
    (TaxCategory.CONSUMPTION.value, "Impoconsumo"),
]
# Where the tax of a category waits to be paid to the state.
PAYABLE_IN = {
    TaxCategory.VAT: Account.VAT_PAYABLE,
    TaxCategory.REDUCED_VAT: Account.VAT_PAYABLE,
    TaxCategory.CONSUMPTION: Account.CONSUMPTION_TAX_PAYABLE,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Per cent of the price before taxes, and what is meant where nothing is said."""

    vat: Decimal
    reduced_vat: Decimal
    consumption: Decimal
    usual: TaxCategory = TaxCategory.NONE

    def of(self, category: TaxCategory) -> Decimal:
        """The rate of a category."""
        return {
            TaxCategory.VAT: self.vat,
            TaxCategory.REDUCED_VAT: self.reduced_vat,
            TaxCategory.CONSUMPTION: self.consumption,
        }.get(category, ZERO)


def step_of(currency: str, *amounts: Decimal) -> Decimal:
    """What amounts beside these are rounded to: what is charged, or cents where they have some."""
    step = STEPS.get(currency, CENT)
    return CENT if any(amount % step for amount in amounts) else step


def tax_within(total: Decimal, rate: Decimal, *, step: Decimal) -> Decimal:
    """The tax that a price of `total` includes, rounded half up to whole steps."""
    return rounded(total * rate / (WHOLE + rate), step)


def without_tax(total: Decimal, category: str, *, rates: Rates, currency: str) -> Decimal:
    """What the studio keeps of a price that includes its tax; no category means the usual one."""
    rate = rates.of(TaxCategory(category or rates.usual))
    return total - tax_within(total, rate, step=step_of(currency, total))


def rounded(amount: Decimal, step: Decimal) -> Decimal:
    """`amount` in whole steps, half up."""
    return ((amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step).quantize(CENT)
