"""Beat, which goes by real time also where the demonstration's clock is ahead (CORE-21)."""

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler

from core import moved_clock


class RealTimeScheduler(DatabaseScheduler):  # type: ignore[misc]
    """Sweeps come every so many seconds of the people who wait for them.

    The library takes some of its times from Django and others from Python. Were they days apart,
    what is due next would be days away, and nothing would be swept any more.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        moved_clock.stay_real()
        super().__init__(*args, **options)
