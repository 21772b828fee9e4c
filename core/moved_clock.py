"""A clock that can be moved forward, for the demonstration: a month in minutes (CORE-21).

All code asks `django.utils.timezone.now` for the time, at its edges; with `TEST_CLOCK` set that
answers the real time and as many seconds more as the file says. It is a file because every process
of a demonstration must agree at once, in the middle of a transaction and after a cache was emptied.
"""

import os
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.utils import timezone


class MovedClock:
    """The real time and the seconds in a file, which only grow."""

    def __init__(self, path: Path, real: Callable[[], datetime]) -> None:
        self.path, self.real = path, real
        self._read_at, self._offset = 0, timedelta()

    def now(self) -> datetime:
        """The time as the demonstration has it, in UTC."""
        return self.real() + self.offset

    @property
    def offset(self) -> timedelta:
        """How far ahead it is; read again only when the file was replaced."""
        try:
            changed_at = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return timedelta()
        if changed_at != self._read_at:
            self._offset = timedelta(seconds=int(self.path.read_text()))
            self._read_at = changed_at
        return self._offset

    def forward(self, by: timedelta) -> None:
        """Move it, for every process. Raises `ValueError` for a step back: nothing un-happens."""
        if by < timedelta():
            raise ValueError("the test clock only goes forward")
        seconds = int((self.offset + by).total_seconds())
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, delete=False) as draft:
            draft.write(str(seconds))
        os.replace(draft.name, self.path)


_clock: MovedClock | None = None


def install() -> None:
    """Let the whole process ask the test clock, if the settings name one. Before models load."""
    global _clock
    if not settings.TEST_CLOCK or _clock is not None:
        return
    clock = _clock = MovedClock(Path(settings.TEST_CLOCK), timezone.now)

    # Known by its own name, by which migrations refer to it.
    @wraps(timezone.now)
    def now() -> datetime:
        return clock.now()

    timezone.now = now


def stay_real() -> None:
    """Let this process go by real time, whatever the others do."""
    global _clock
    if _clock is not None:
        timezone.now = _clock.real
        _clock = None


def moved_clock() -> MovedClock | None:
    """The clock of this process; `None` where time is only ever real."""
    return _clock
