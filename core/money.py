"""Money is `Decimal` with two places and a currency beside it; floats never touch it.

COP is charged in whole pesos, so every currency names the step its prices move in.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# The smallest amount a price may differ by; a currency that is not listed uses its cents.
STEPS = {"COP": Decimal(1), "CLP": Decimal(1), "PYG": Decimal(1)}


def as_amount(value: Decimal | int | str) -> Decimal:
    """`value` as an amount with two places. Raises `ValueError` for a float or lost precision."""
    if isinstance(value, float):
        raise ValueError("a float is not an amount of money")
    amount = Decimal(value)
    rounded = amount.quantize(CENT)
    if rounded != amount:
        raise ValueError(f"{value} has more than two decimal places")
    return rounded


def charged(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half-up to what `currency` is charged in (business-rules.md, Deposit)."""
    step = STEPS.get(currency, CENT)
    return ((amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step).quantize(CENT)


def share_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """`percent` (0 to 100) of `amount`, rounded once to what is charged."""
    return charged(amount * percent / Decimal(100), currency)


def to_cents(amount: Decimal) -> int:
    """Whole cents for the gateway's wire. The one conversion in this direction."""
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of cents")
    return int(cents)


def from_cents(cents: Any) -> Decimal:
    """The amount of whole cents from the gateway's wire. Raises `ValueError` for anything else."""
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise ValueError(f"{cents!r} is not a whole number of cents")
    return (Decimal(cents) / 100).quantize(CENT)
