"""Series of visits: where one stands, and when its visits are to be paid (SPA-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

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


def deadlines(
    visits: Sequence[Owed], *, payment: SeriesPayment, policy: BookingPolicy, hold_ends: datetime
) -> tuple[datetime | None, ...]:
    """Until when the deposit of each visit may wait; `None` for what is paid at once, or not owed.

    `visits` are in the order of their starts. The first that owes anything opens the series. One
    whose time to pay would be over before that cannot wait. Days are days of 24 hours.
    """
    waits, is_opened = [], False
    for visit in visits:
        due = visit.start - timedelta(days=policy.series_deposit_days)
        is_later = payment is SeriesPayment.EACH and is_opened and due > hold_ends
        waits.append(due if visit.deposit > 0 and is_later else None)
        is_opened = is_opened or visit.deposit > 0
    return tuple(waits)


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
