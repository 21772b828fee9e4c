"""What the studio allows and asks for, as pure functions (architecture.md, decision 6).

Slot lists, quotes and bookings call the same object, so what a person is shown is what is enforced;
`terms` is frozen on the visit (SPA-26).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from core.money import ZERO, charged, share_of
from spa.domain.terms import ALL, Reason, Terms, Tier


class Refusal(Enum):
    """Why a start may not be booked by policy."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Line:
    """What one service costs; its own deposit, a share or a fixed amount, if it has one."""

    price: Decimal
    deposit_percent: Decimal | None
    deposit_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What a person's past has to say about the deposit."""

    completed_visits: int = 0
    strikes: int = 0


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """The rules of one moment."""

    minimum_notice_minutes: int
    horizon_days: int
    deposit_percent: Decimal
    vip_deposit_percent: Decimal
    hold_minutes: int
    client_active_limit: int
    vip_active_limit: int
    open_holds_limit: int
    hourly_bookings_limit: int
    free_cancellation_hours: int
    partial_cancellation_hours: int
    partial_cancellation_credit_percent: Decimal
    late_cancellation_credit_percent: Decimal
    reschedule_limit: int
    reschedule_hours: int
    no_show_minutes: int
    no_show_credit_percent: Decimal
    strikes_limit: int
    strikes_window_days: int
    low_supervision_capacity: int
    prefer_tight_slots: bool
    waitlist_enabled: bool
    waitlist_offer_minutes: int
    first_reminder_hours: int
    second_reminder_hours: int
    package_validity_days: int
    archive_days: int
    series_horizon_days: int = 180
    series_deposit_days: int = 2
    series_notice_days: int = 3
    # Zero visits: nobody is regular. Zero per cent: strikes cost nothing in advance.
    regular_visits: int = 0
    regular_deposit_percent: Decimal = Decimal(40)
    strike_deposit_percent: Decimal = Decimal(0)
    vip_discount_percent: Decimal = Decimal(15)

    def earliest_start(self, now: datetime) -> datetime:
        """The first instant that respects the notice."""
        return now + timedelta(minutes=self.minimum_notice_minutes)

    def latest_start(self, now: datetime) -> datetime:
        """The last instant within the horizon."""
        return now + timedelta(days=self.horizon_days)

    def for_series(self) -> "BookingPolicy":
        """The same rules for visits of a series, which are booked further ahead (SPA-20)."""
        return replace(self, horizon_days=self.series_horizon_days)

    def refusal_of(self, start: datetime, now: datetime) -> Refusal | None:
        """Why `start` may not be booked at `now`, or `None`."""
        if start < self.earliest_start(now):
            return Refusal.TOO_SOON
        if start > self.latest_start(now):
            return Refusal.TOO_FAR
        return None

    def price_for(
        self, price: Decimal, *, own_vip_price: Decimal | None, is_vip: bool, currency: str
    ) -> Decimal:
        """What this person pays for a service or a class of `price`.

        A member pays the VIP price it has of its own, or else the discount less, rounded once to
        what is charged, half-up (business-rules.md, VIP).
        """
        if not is_vip:
            return price
        if own_vip_price is not None:
            return own_vip_price
        left = Decimal(100) - self.vip_discount_percent
        return min(price, charged(price * left / Decimal(100), currency))

    def usual_deposit_percent(self, *, is_vip: bool, history: History) -> Decimal:
        """The share of whoever books services without a rule of their own.

        Strikes weigh more than loyalty: who has one pays at least the strikes' share.
        """
        usual = self.vip_deposit_percent if is_vip else self.deposit_percent
        if history.strikes:
            return max(usual, self.strike_deposit_percent)
        if self.regular_visits and history.completed_visits >= self.regular_visits:
            return min(usual, self.regular_deposit_percent)
        return usual

    def deposit_of(
        self,
        lines: Sequence[Line],
        *,
        is_vip: bool,
        currency: str,
        history: History = NO_HISTORY,
    ) -> Decimal:
        """What is owed before the visit: each line's share, rounded once, half-up (SPA-08)."""
        usual = self.usual_deposit_percent(is_vip=is_vip, history=history)
        return sum((_deposit(line, usual, currency) for line in lines), ZERO)

    def hold_ends(self, now: datetime, start: datetime) -> datetime:
        """Until when an unpaid visit keeps its time: never beyond its own start."""
        return min(now + timedelta(minutes=self.hold_minutes), start)

    def active_limit(self, *, is_vip: bool) -> int:
        """How many confirmed visits a person may have ahead."""
        return self.vip_active_limit if is_vip else self.client_active_limit

    def terms(
        self, *, start: datetime, zone: ZoneInfo, total: Decimal, deposit: Decimal, currency: str
    ) -> dict[str, Any]:
        """The conditions a person agrees to, with exact amounts and local deadlines."""
        # In UTC: a clock change in between would make wall-clock arithmetic an hour wrong (NA-17).
        begins = start.astimezone(UTC)
        return Terms(
            currency=currency,
            deposit=deposit,
            balance=total - deposit,
            hold_minutes=self.hold_minutes,
            tiers=self._tiers(begins),
            reschedule_limit=self.reschedule_limit,
            reschedule_until=begins - timedelta(hours=self.reschedule_hours),
            no_show_after=begins + timedelta(minutes=self.no_show_minutes),
            no_show_percent=self.no_show_credit_percent,
        ).dump(zone)

    def _tiers(self, begins: datetime) -> tuple[Tier, ...]:
        """Those that last at all: an owner may do without the middle one, and without lateness."""
        free_until = begins - timedelta(hours=self.free_cancellation_hours)
        partial_until = begins - timedelta(hours=self.partial_cancellation_hours)
        tiers = [Tier(Reason.FREE, free_until, ALL)]
        if partial_until > free_until:
            percent = self.partial_cancellation_credit_percent
            tiers.append(Tier(Reason.PARTIAL, partial_until, percent))
        if begins > tiers[-1].until:
            tiers.append(Tier(Reason.LATE, begins, self.late_cancellation_credit_percent))
        return tuple(tiers)


def _deposit(line: Line, usual: Decimal, currency: str) -> Decimal:
    if line.deposit_amount is not None:
        return min(line.deposit_amount, line.price)
    own = line.deposit_percent
    return share_of(line.price, usual if own is None else own, currency)
