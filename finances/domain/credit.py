"""Credit in lots: which ones pay, when one ends, when its owner is told (business-rules.md)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Available:
    """What a lot still has to spend."""

    lot_id: UUID
    remaining: Decimal
    expires_at: datetime


def spread(
    lots: Iterable[Available], *, up_to: Decimal, first: Collection[UUID] = ()
) -> list[tuple[UUID, Decimal]]:
    """What each lot gives towards `up_to`: those named `first`, then what ends first."""
    parts, missing = [], up_to
    for lot in sorted(lots, key=lambda lot: (lot.lot_id not in first, lot.expires_at, lot.lot_id)):
        part = min(lot.remaining, missing)
        if part <= 0:
            continue
        parts.append((lot.lot_id, part))
        missing -= part
    return parts


def ends_at(*, now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the local day that lies `days` after today: credit is good all of that day."""
    last_day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last_day + timedelta(days=1), time(), tzinfo=zone)


def comes_back_until(
    expires_at: datetime, *, now: datetime, at_least: int, zone: ZoneInfo
) -> datetime:
    """When credit that had paid for something and comes back ends: when it would have.

    So many days are left of it in any case: its owner could not spend it meanwhile.
    """
    return max(expires_at, ends_at(now=now, days=at_least, zone=zone))


def last_day_of(expires_at: datetime, zone: ZoneInfo) -> date:
    """The last local day on which credit that ends then can be spent."""
    return (expires_at - timedelta(microseconds=1)).astimezone(zone).date()


def next_notice(
    *, expires_at: datetime, now: datetime, days_before: Sequence[int]
) -> datetime | None:
    """The first moment after `now` at which the owner is told; `None` when none is left.

    Who comes late tells once, and not once for each moment that was missed.
    """
    moments = (expires_at - timedelta(days=days) for days in days_before)
    return min((moment for moment in moments if moment > now), default=None)
