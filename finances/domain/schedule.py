"""When the gateway is asked about a payment whose webhook has not come (business-rules.md)."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_look(
    *, opened_at: datetime, now: datetime, first: Sequence[int], every: int, last: int
) -> datetime | None:
    """The first look after `now`: at the ages `first`, then `every`, up to `last`; all in minutes.

    `None` once the last look is past. A poller that was away does not catch up look by look.
    """
    age = (now - opened_at) / timedelta(minutes=1)
    ages = (minutes for minutes in first if minutes > age)
    upcoming: float | None = next(ages, None)
    if upcoming is None:
        rounds = int((age - first[-1]) // every) + 1
        upcoming = first[-1] + rounds * every
    return opened_at + timedelta(minutes=upcoming) if upcoming <= last else None
