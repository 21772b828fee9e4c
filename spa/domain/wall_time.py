"""Wall-clock time turned into instants, day by day, through the location's zone (NA-17)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clock on the wall shows `wall` on `day`, in UTC.

    In a fold the first of the two; in a gap, which the clock never shows, the moment of the jump.
    """
    local = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if shows(instant, local, zone):
        return instant
    return _jump_between(local.replace(fold=1).astimezone(UTC), instant, zone)


def shows(instant: datetime, local: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock at `instant` really reads what `local` reads."""
    return instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes between two instants, by bisection."""
    # Offsets change at whole seconds; without this the middle could fall back to `before` for ever.
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
