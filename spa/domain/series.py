"""Series of visits: where one stands, and when its visits are to be paid (SPA-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.money import ZERO
from spa.domain.policy import BookingPolicy


class SeriesStatus(StrEnum):
    """Where a series stands; its visits have a life of their own."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class SeriesPayment(StrEnum):
    """How the deposits of a series are paid."""

    EACH = "each"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class Owed:
    """What one visit of a series owes before it happens, or nothing."""

    start: datetime
    deposit: Decimal


def deposit_due(start: datetime, *, policy: BookingPolicy) -> datetime:
    """Until when the deposit of one visit is to be paid. Hours, not days of the wall clock."""
    return start - timedelta(days=policy.series_deposit_days)


def due_now(
    visits: Sequence[Owed], *, payment: SeriesPayment, policy: BookingPolicy, hold_ends: datetime
) -> Decimal:
    """What opens the series: every deposit in advance, or the first one that is owed.

    A deposit whose own time to pay would be over before the series' first payment is cannot wait.
    """
    owed = sorted((v for v in visits if v.deposit > 0), key=lambda visit: visit.start)
    if payment is SeriesPayment.ADVANCE:
        return sum((visit.deposit for visit in owed), ZERO)
    return sum(
        (
            visit.deposit
            for number, visit in enumerate(owed)
            if number == 0 or deposit_due(visit.start, policy=policy) <= hold_ends
        ),
        ZERO,
    )


class Scope(StrEnum):
    """How much of a series a change is about."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"

    def covers(self, day: date, *, named: date | None) -> bool:
        """Whether the visit the rule put on `day` is meant, when the one of `named` was named."""
        match self:
            case Scope.ONE:
                return day == named
            case Scope.FOLLOWING:
                return named is not None and day >= named
        return True
