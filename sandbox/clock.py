"""Instants as the providers write them, and the clock they are read from.

Inside the sandbox an instant is seconds since 1970.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from sandbox.store import Store

BOGOTA = timezone(timedelta(hours=-5))


class Clock:
    """The providers' clock, which a test may move. What waits for its moment waits in real time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        row = store.one("SELECT seconds FROM clock")
        self.offset = float(str(row["seconds"])) if row else 0.0

    def now(self) -> float:
        """The instant it shows."""
        return time.time() + self.offset

    def move(self, offset: float) -> None:
        """Show the real time and so many seconds more, also after a restart."""
        self.offset = offset
        self._store.run("INSERT OR REPLACE INTO clock (one, seconds) VALUES (1, ?)", offset)


def iso(instant: float) -> str:
    """UTC with milliseconds and `Z`, as Wompi and Twilio Verify write it."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def bogota_midnight(instant: float) -> float:
    """When the day of that instant began in Colombia: the providers' days are its days."""
    return (
        datetime.fromtimestamp(instant, BOGOTA)
        .replace(hour=0, minute=0, second=0, microsecond=0)
        .timestamp()
    )


def rfc2822(instant: float) -> str:
    """As Twilio's Messages resource writes it: `Tue, 01 Dec 2026 15:30:00 +0000`."""
    return format_datetime(datetime.fromtimestamp(instant, UTC))


def parse_iso(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 instant with its offset; `None` when it is not one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
