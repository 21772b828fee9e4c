"""The terms of one visit: what its client agreed to, and what follows from it (SPA-26).

`BookingPolicy.terms` makes them when a visit is booked; they are frozen on the visit as JSON. Every
later decision is made from that JSON and nothing else, so that it can be made again years later,
whatever the rules are by then, and what was shown is what is enforced (NA-12).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from core.money import share_of

ALL = Decimal(100)


class Reason(StrEnum):
    """Why a decision is as it is."""

    FREE = "free"
    PARTIAL = "partial"
    LATE = "late"
    NO_SHOW = "no_show"
    WAIVED = "waived"


class ReschedulingRefusal(StrEnum):
    """Why a visit may not be moved by its client."""

    LIMIT = "limit"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of what was paid, and whether it counts against the client."""

    reason: Reason
    credit: Decimal
    kept: Decimal
    is_strike: bool

    @property
    def restores(self) -> bool:
        """Whether what cannot be halved, a package's session or a voucher, comes back."""
        return self.reason not in {Reason.LATE, Reason.NO_SHOW}

    @classmethod
    def of(
        cls, reason: Reason, paid: Decimal, percent: Decimal, currency: str, *, is_strike: bool
    ) -> Self:
        """`percent` of what was paid comes back, rounded once, and never more than was paid."""
        credit = min(share_of(paid, percent, currency), paid)
        return cls(reason, credit, paid - credit, is_strike)


@dataclass(frozen=True, slots=True)
class Tier:
    """Until this instant, itself included, cancelling gives back this share of what was paid."""

    reason: Reason
    until: datetime
    credit_percent: Decimal

    @property
    def is_strike(self) -> bool:
        """A share that is agreed for coming close to the visit is its own price; late is late."""
        return self.reason is Reason.LATE


@dataclass(frozen=True, slots=True)
class Terms:
    """The conditions of one visit. Instants are in UTC; tiers run towards the visit's start."""

    currency: str
    deposit: Decimal
    balance: Decimal
    hold_minutes: int
    tiers: tuple[Tier, ...]
    reschedule_limit: int
    reschedule_until: datetime
    no_show_after: datetime
    no_show_percent: Decimal
    # Only visits of a series have one: the deposit of the others is due at once (SPA-20).
    deposit_until: datetime | None = None

    def cancellation(self, *, now: datetime, paid: Decimal) -> Decision:
        """What cancelling at `now` leads to; after the start what held last still holds."""
        tier = next((tier for tier in self.tiers if now <= tier.until), self.tiers[-1])
        return Decision.of(
            tier.reason, paid, tier.credit_percent, self.currency, is_strike=tier.is_strike
        )

    def waived_cancellation(self, *, paid: Decimal) -> Decision:
        """What cancelling leads to when staff waive the terms: all comes back, nothing counts."""
        return Decision.of(Reason.WAIVED, paid, ALL, self.currency, is_strike=False)

    def no_show(self, *, paid: Decimal) -> Decision:
        """What not coming leads to."""
        return Decision.of(
            Reason.NO_SHOW, paid, self.no_show_percent, self.currency, is_strike=True
        )

    def rescheduling(self, *, now: datetime, done: int) -> ReschedulingRefusal | None:
        """Why the client may not move the visit at `now`, having moved it `done` times."""
        if done >= self.reschedule_limit:
            return ReschedulingRefusal.LIMIT
        if now >= self.reschedule_until:
            return ReschedulingRefusal.TOO_LATE
        return None

    def moved(self, by: timedelta) -> Self:
        """The same terms for a visit that starts `by` later: every deadline moves along."""
        return replace(
            self,
            tiers=tuple(replace(tier, until=tier.until + by) for tier in self.tiers),
            reschedule_until=self.reschedule_until + by,
            no_show_after=self.no_show_after + by,
            deposit_until=self.deposit_until + by if self.deposit_until else None,
        )

    def dump(self, zone: ZoneInfo) -> dict[str, Any]:
        """The terms as JSON values that a person can read: local times, exact amounts.

        Amounts are those of the deposit, which is what most people have paid when they cancel.
        """

        def local(moment: datetime) -> str:
            return moment.astimezone(zone).isoformat()

        def percent(share: Decimal) -> str:
            return f"{share:.2f}"

        def credit(share: Decimal) -> str:
            return str(min(share_of(self.deposit, share, self.currency), self.deposit))

        later = {"deposit_until": local(self.deposit_until)} if self.deposit_until else {}
        return later | {
            "deposit": str(self.deposit),
            "balance": str(self.balance),
            "currency": self.currency,
            "hold_minutes": self.hold_minutes,
            "cancellation": {
                "free_until": local(self.tiers[0].until),
                "credit_percent_before": percent(self.tiers[0].credit_percent),
                "credit_percent_after": percent(self.tiers[-1].credit_percent),
                "tiers": [
                    {
                        "reason": tier.reason.value,
                        "until": local(tier.until),
                        "credit_percent": percent(tier.credit_percent),
                        "credit": credit(tier.credit_percent),
                        "strike": tier.is_strike,
                    }
                    for tier in self.tiers
                ],
            },
            "rescheduling": {
                "limit": self.reschedule_limit,
                "until": local(self.reschedule_until),
            },
            "no_show": {
                "after": local(self.no_show_after),
                "credit_percent": percent(self.no_show_percent),
                "credit": credit(self.no_show_percent),
                "strike": True,
            },
        }

    @classmethod
    def load(cls, values: dict[str, Any]) -> Self:
        """The terms that `dump` wrote."""
        cancellation, rescheduling = values["cancellation"], values["rescheduling"]
        return cls(
            currency=values["currency"],
            deposit=Decimal(values["deposit"]),
            balance=Decimal(values["balance"]),
            hold_minutes=values["hold_minutes"],
            tiers=tuple(
                Tier(
                    Reason(tier["reason"]), _instant(tier["until"]), Decimal(tier["credit_percent"])
                )
                for tier in cancellation["tiers"]
            ),
            reschedule_limit=rescheduling["limit"],
            reschedule_until=_instant(rescheduling["until"]),
            no_show_after=_instant(values["no_show"]["after"]),
            no_show_percent=Decimal(values["no_show"]["credit_percent"]),
            deposit_until=_instant(later) if (later := values.get("deposit_until")) else None,
        )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
