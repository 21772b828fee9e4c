"""Months of the books, as the studio's wall clock has them."""

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
