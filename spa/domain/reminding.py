"""When a visit's client is reminded of it (SPA-18)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from spa.domain.policy import BookingPolicy


class ReminderKind(StrEnum):
    """Which of a visit's two reminders."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Round:
    """A reminder is worth sending from `lead` before the start until `until` before it."""

    kind: ReminderKind
    lead: timedelta
    until: timedelta

    def starts_due(self, now: datetime) -> tuple[datetime, datetime]:
        """At `now` it is due for visits that begin after the first and not after the second."""
        return now + self.until, now + self.lead

    def pointless_from(self, start: datetime) -> datetime:
        """From when on the reminder of a visit that begins at `start` says nothing useful."""
        return start - self.until


def rounds(policy: BookingPolicy) -> tuple[Round, Round]:
    """The reminders of the rules; the first ends where the second begins, that one at the start.

    So somebody whose first reminder is very late gets one message, not two at once.
    """
    first = timedelta(hours=policy.first_reminder_hours)
    second = timedelta(hours=policy.second_reminder_hours)
    return (
        Round(ReminderKind.FIRST, first, second),
        Round(ReminderKind.SECOND, second, timedelta(0)),
    )
