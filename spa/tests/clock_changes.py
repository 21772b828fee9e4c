"""Every moment from 2020 to 2035 at which the clocks of some zones change, found by looking."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# Hours at night and at midnight, half hours, twice a year and around Ramadan, zones that gave
# their summer time up; Bogotá never had one in these years.
ZONES = [
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Madrid",
    "Pacific/Auckland",
]
CONTROL = "America/Bogota"
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
STEP, SECOND = timedelta(hours=12), timedelta(seconds=1)


@dataclass(frozen=True)
class ClockChange:
    """At `at` the clock stops showing UTC plus `before` and goes on with UTC plus `after`."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        """Whether the clock jumps over wall times; otherwise it shows some twice."""
        return self.after > self.before

    @property
    def affected(self) -> tuple[datetime, datetime]:
        """The wall times, from and until, that are never shown, or shown twice."""
        walls = [(self.at + offset).replace(tzinfo=None) for offset in (self.before, self.after)]
        return min(walls), max(walls)

    @property
    def day(self) -> date:
        """The local day whose wall times are affected."""
        return self.affected[0].date()

    def first_shown(self, wall: datetime) -> datetime | None:
        """The first instant near the change at which the clock shows `wall`, if it ever does."""
        early = (wall - self.before).replace(tzinfo=UTC)
        late = (wall - self.after).replace(tzinfo=UTC)
        if early < self.at:
            return early
        return late if late >= self.at else None

    def reached(self, day: date, wall: time) -> datetime:
        """The first instant near the change at which the clock has come to `wall` on `day`."""
        return self.first_shown(datetime.combine(day, wall)) or self.at

    def __str__(self) -> str:
        return f"{self.zone} {self.at:%Y-%m-%d}"


@cache
def changes_of(name: str) -> tuple[ClockChange, ...]:
    """The changes of one zone. Two within half a day of each other would be overlooked."""
    zone = ZoneInfo(name)

    def offset(instant: datetime) -> timedelta:
        found = instant.astimezone(zone).utcoffset()
        assert found is not None
        return found

    found, moment = [], BEGIN
    while moment < END:
        if offset(moment) != offset(moment + STEP):
            low, high = moment, moment + STEP
            while high - low > SECOND:
                middle = low + (high - low) // SECOND // 2 * SECOND
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append(ClockChange(name, high, offset(low), offset(high)))
        moment += STEP
    return tuple(found)


def all_changes() -> list[ClockChange]:
    """Those of every zone."""
    return [change for name in ZONES for change in changes_of(name)]
