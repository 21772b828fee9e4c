"""Months of the books, as the studio's wall clock has them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


def month_of(moment: datetime, *, zone: tzinfo) -> date:
    """The first day of the local month in which `moment` (aware) lies."""
    return moment.astimezone(zone).date().replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month that follows `month` (a first day)."""
    return (month + timedelta(days=31)).replace(day=1)


def begins_at(day: date, *, zone: tzinfo) -> datetime:
    """The instant at which the local day begins: that of a month's first day ends the one before.

    Where the clock jumps over midnight, the instant of the jump.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A local day, or a month: from the beginning of `first` to that of `after`."""

    kind: str
    first: date
    after: date

    @property
    def label(self) -> str:
        """As it is asked for: `2026-11-20`, `2026-11`."""
        return f"{self.first:%Y-%m}" if self.kind == MONTHLY else f"{self.first:%Y-%m-%d}"

    @property
    def month(self) -> date:
        """The month in which it lies."""
        return self.first.replace(day=1)


DAILY, MONTHLY = "daily", "monthly"


def whole_day(day: date) -> Period:
    """The day."""
    return Period(DAILY, day, day + timedelta(days=1))


def whole_month(month: date) -> Period:
    """The month, by its first day."""
    return Period(MONTHLY, month, month_after(month))
