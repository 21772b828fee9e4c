"""The month and its clock: whoever waits for a moment is woken when time has come there."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from studiozens.tests.journeys.house import House

BOGOTA = ZoneInfo("America/Bogota")
# Whatever is periodic runs at each stop: twice a day is enough for what is told here.
STEP = "12h"
MINUTE = timedelta(minutes=1)

# Does something, and says until when it waits before it goes on.
Scene = Iterator[datetime]


@dataclass
class Calendar:
    """The clock of a house, and the month after the real one."""

    house: House
    ahead: timedelta = field(default_factory=timedelta)

    def __post_init__(self) -> None:
        today = self.now().date()
        self.first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)

    def now(self) -> datetime:
        """What the house's clock says, at the studio."""
        return datetime.now(UTC).astimezone(BOGOTA) + self.ahead

    def day(self, number: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of the month."""
        return _local(self.first.replace(day=number), hour, minute)

    @property
    def name(self) -> str:
        """`2026-12`."""
        return f"{self.first:%Y-%m}"

    @property
    def over(self) -> datetime:
        """The first moment that is not in it."""
        return _local((self.first + timedelta(days=32)).replace(day=1), 0, 0)

    def go_to(self, moment: datetime, step: str = STEP) -> None:
        """Let time pass until then, as `manage.py clock --forward` does."""
        minutes = -((self.now() - moment) // MINUTE)
        if minutes > 0:
            self.house.ask("pass_time", minutes=minutes, step=step)
            self.ahead += minutes * MINUTE

    def play(self, scenes: list[Callable[[], Scene]]) -> None:
        """All scenes beside each other, in the order of their moments, until each is over."""
        waiting = [(self.now(), place, scene()) for place, scene in enumerate(scenes)]
        while waiting:
            moment, place, scene = heapq.heappop(waiting)
            self.go_to(moment)
            following = next(scene, None)
            if following is not None:
                heapq.heappush(waiting, (following, place, scene))


def _local(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BOGOTA)
