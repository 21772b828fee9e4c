"""Letting the demonstration's time pass: all that is due happens, step by step (CORE-21)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from celery import current_app
from django.conf import settings
from django.utils import timezone

from core import inbox, outbox
from core.http import ProviderClient
from core.moved_clock import MovedClock
from notifications.models import Notification

# Beside what a step is for: these only say that somebody is alive.
NOTHING_TO_SEE = frozenset({"core.tasks.heartbeat"})
# Effects have effects: a message of a reminder, a payment's confirmation.
MOST_ROUNDS = 20


@dataclass(slots=True)
class Day:
    """What people were told on one day, by kind of message."""

    day: date
    told: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        told = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.told.items()))
        return f"{self.day:%Y-%m-%d}  {told or 'nobody was told anything'}"


def let_time_pass(clock: MovedClock, length: timedelta, *, step: timedelta) -> Iterator[Day]:
    """Move the clock on by `length`; after each `step` everything periodic runs once.

    Yields each day when it is over. A running worker may do the same work: all of it is safe to do
    twice. The providers' stand-ins move along; where they do not, nothing moves. Raises
    `ProviderUnavailable`.
    """
    left, today = length, Day(timezone.localdate())
    while left > timedelta():
        before, length = timezone.now(), min(step, left)
        _move_providers(clock.offset + length)
        clock.forward(length)
        left -= step
        _live()
        if timezone.localdate() != today.day:
            yield today
            today = Day(timezone.localdate())
        today.told += _told_since(before)
    yield today


def _live() -> None:
    current_app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if entry["task"] not in NOTHING_TO_SEE:
            current_app.tasks[entry["task"]].apply(throw=True)
    for _ in range(MOST_ROUNDS):
        now = timezone.now()
        if not outbox.deliver_due(now=now) and not inbox.process_due(now=now):
            break


def _told_since(before: datetime) -> Counter[str]:
    """Every message is written with the time it is written at."""
    kinds = Notification.objects.filter(created_at__gt=before).values_list("template", flat=True)
    return Counter(kinds)


def _move_providers(offset: timedelta) -> None:
    """The stand-ins go by the same clock; providers that are real cannot be moved."""
    stand_ins = ProviderClient(name="sandbox", base_url=settings.SANDBOX_URL)
    ahead = {"offset_seconds": int(offset.total_seconds())}
    stand_ins.post("clock", "/_control/clock", json=ahead).raise_for_status()
