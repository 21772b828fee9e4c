"""Facts the studio publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.events import Event


@dataclass(frozen=True, kw_only=True)
class AppointmentEvent(Event):
    """What every fact about a visit says."""

    topic: ClassVar[str] = "spa.appointment.changed.v1"
    appointment_id: UUID
    client_id: UUID
    starts_at: datetime
    timezone: str
    location: str
    service: str

    @property
    def aggregate(self) -> str:
        return str(self.appointment_id)


@dataclass(frozen=True, kw_only=True)
class AppointmentConfirmed(AppointmentEvent):
    """The visit is certain: its deposit is settled, or none was owed."""

    topic: ClassVar[str] = "spa.appointment.confirmed.v1"


@dataclass(frozen=True, kw_only=True)
class AppointmentExpired(AppointmentEvent):
    """The hold ended unpaid and its time is free again."""

    topic: ClassVar[str] = "spa.appointment.expired.v1"


@dataclass(frozen=True, kw_only=True)
class AppointmentRescheduled(AppointmentEvent):
    """The visit begins at another time, or with somebody else; what was agreed stays agreed."""

    topic: ClassVar[str] = "spa.appointment.rescheduled.v1"
    old_starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReminderDue(AppointmentEvent):
    """The client should hear of the visit that begins at `starts_at`, until `valid_until`."""

    topic: ClassVar[str] = "spa.appointment.reminder_due.v1"
    kind: str
    valid_until: datetime
