"""What people were told in the month, added up in cents by somebody who knows no ledger."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import floor

PESO = 100


def half_up(amount: Fraction) -> int:
    """Whole pesos, in cents; half a peso counts as one, whoever owes it."""
    pesos = floor(abs(amount) / PESO + Fraction(1, 2)) * PESO
    return pesos if amount > 0 else -pesos


WAYS = {
    "card": "Tarjeta en línea",
    "nequi": "Nequi",
    "pse": "PSE",
    "desk cash": "Efectivo",
    "desk card": "Datáfono",
    "desk transfer": "Transferencia",
}
ONLINE = ("card", "nequi", "pse")


@dataclass
class Tally:
    """Sums in cents, by the words the month's report has for them."""

    received: Counter[str] = field(default_factory=Counter)
    of_days: Counter[date] = field(default_factory=Counter)
    tips: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    by_staff: Counter[str] = field(default_factory=Counter)
    by_place: Counter[str] = field(default_factory=Counter)
    commissions: Counter[str] = field(default_factory=Counter)
    tax: int = 0
    cash: int = 0
    voided: int = 0
    refunded_at_the_gateway: int = 0
    # What clients can still spend.
    credit: int = 0
    paid_commissions: int = 0
    paid_tips: int = 0
    # What was paid for and has not been given yet.
    unused_sessions: int = 0
    months_ahead: int = 0

    def comes(self, way: str, amount: int, *, on: date, tip: int = 0) -> None:
        """Money of a client's, and what came with it for somebody of the team."""
        self.received[WAYS[way]] += amount + tip
        self.of_days[on] += amount

    def goes(self, amount: int, *, on: date) -> None:
        """Money that went back to a client."""
        self.of_days[on] -= amount

    def earns(self, amount: int, *, category: str, staff: str, place: str) -> None:
        """What somebody was served, or lost by the terms."""
        self.by_category[category] += amount
        self.by_staff[staff] += amount
        self.by_place[place] += amount

    def owes_tax(self, total: int, percent: int) -> None:
        """The tax within a price that includes it."""
        self.tax += half_up(Fraction(total * percent, 100 + percent))

    @property
    def online(self) -> int:
        """All that was paid at the gateway."""
        return sum(self.received[WAYS[way]] for way in ONLINE)

    @property
    def back_at_the_gateway(self) -> int:
        """What of it went back the way it came."""
        return self.voided + self.refunded_at_the_gateway

    @property
    def all_tips(self) -> int:
        """Whosever they are."""
        return sum(self.tips.values())

    def share_of_developer(self, percent: int) -> int:
        """So much of every day's money, in whole pesos."""
        return sum(half_up(Fraction(money * percent, 100)) for money in self.of_days.values())
