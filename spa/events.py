"""Facts the studio publishes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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
    # The series that tells its client of this itself: one message, not one for each of its visits.
    part_of: UUID | None = None

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
class AppointmentCancelled(AppointmentEvent):
    """The visit will not be, and its time is free again; `credit` of what was paid came back.

    `grounds` is what its terms say of cancelling at that moment: `free`, `partial`, `late`, or
    `waived` when staff did not apply them. `is_strike`: it counts against the client.
    """

    topic: ClassVar[str] = "spa.appointment.cancelled.v1"
    credit: Decimal
    currency: str
    grounds: str
    by_staff: bool
    is_strike: bool = False


@dataclass(frozen=True, kw_only=True)
class AppointmentNoShow(AppointmentEvent):
    """The client did not come; `credit` of what was paid came back."""

    topic: ClassVar[str] = "spa.appointment.no_show.v1"
    credit: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class AppointmentCompleted(AppointmentEvent):
    """The visit has happened; `outstanding` of its price is still to be paid."""

    topic: ClassVar[str] = "spa.appointment.completed.v1"
    outstanding: Decimal
    currency: str


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


@dataclass(frozen=True, kw_only=True)
class StrikeEvent(Event):
    """What every fact about a strike says; the visit is named for the message."""

    topic: ClassVar[str] = "spa.strike.changed.v1"
    strike_id: UUID
    client_id: UUID
    starts_at: datetime
    timezone: str
    service: str

    @property
    def aggregate(self) -> str:
        return str(self.strike_id)


@dataclass(frozen=True, kw_only=True)
class StrikeWaived(StrikeEvent):
    """The visit counts against its client no more."""

    topic: ClassVar[str] = "spa.strike.waived.v1"


@dataclass(frozen=True, kw_only=True)
class AppealRejected(StrikeEvent):
    """Staff read what the client had to say, and the strike stays; `answer` says why."""

    topic: ClassVar[str] = "spa.strike.appeal_rejected.v1"
    answer: str


@dataclass(frozen=True, kw_only=True)
class EnrolmentEvent(Event):
    """What every fact about a person in a class says."""

    topic: ClassVar[str] = "spa.enrolment.changed.v1"
    enrolment_id: UUID
    session_id: UUID
    client_id: UUID
    starts_at: datetime
    timezone: str
    location: str
    class_name: str

    @property
    def aggregate(self) -> str:
        return str(self.enrolment_id)


@dataclass(frozen=True, kw_only=True)
class ClassEnrolled(EnrolmentEvent):
    """The person has a place: paid, covered by a package, or free of charge."""

    topic: ClassVar[str] = "spa.enrolment.confirmed.v1"


@dataclass(frozen=True, kw_only=True)
class ClassSeatExpired(EnrolmentEvent):
    """The seat was not paid in time and is somebody else's now."""

    topic: ClassVar[str] = "spa.enrolment.expired.v1"


@dataclass(frozen=True, kw_only=True)
class ClassSeatOffered(EnrolmentEvent):
    """A seat came free and is kept for the person until `expires_at`."""

    topic: ClassVar[str] = "spa.enrolment.offered.v1"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClassCancelled(EnrolmentEvent):
    """The studio cancelled the class; what the person paid came back."""

    topic: ClassVar[str] = "spa.enrolment.cancelled.v1"


@dataclass(frozen=True, kw_only=True)
class ClassInstructorChanged(EnrolmentEvent):
    """Somebody else gives the class."""

    topic: ClassVar[str] = "spa.enrolment.instructor_changed.v1"
    instructor: str


@dataclass(frozen=True, kw_only=True)
class PackageEvent(Event):
    """What every fact about somebody's package says."""

    topic: ClassVar[str] = "spa.package.changed.v1"
    client_package_id: UUID
    client_id: UUID
    name: str
    sessions: int
    last_day: date
    expires_at: datetime

    @property
    def aggregate(self) -> str:
        return str(self.client_package_id)


@dataclass(frozen=True, kw_only=True)
class PackageReady(PackageEvent):
    """The package is its owner's to use: it was paid for, or handed over."""

    topic: ClassVar[str] = "spa.package.ready.v1"
    code: str


@dataclass(frozen=True, kw_only=True)
class PackageEnding(PackageEvent):
    """The package ends soon, and has sessions left."""

    topic: ClassVar[str] = "spa.package.ending.v1"


@dataclass(frozen=True, kw_only=True)
class VisitsRewarded(Event):
    """The client came back often enough to be given credit."""

    topic: ClassVar[str] = "spa.loyalty.rewarded.v1"
    client_id: UUID
    visits: int
    amount: Decimal
    currency: str

    @property
    def aggregate(self) -> str:
        return str(self.client_id)


@dataclass(frozen=True, kw_only=True)
class SeriesEvent(Event):
    """What every fact about a series says: how many visits it speaks of, and the first of them."""

    topic: ClassVar[str] = "spa.series.changed.v1"
    series_id: UUID
    client_id: UUID
    visits: int
    starts_at: datetime
    timezone: str
    location: str
    service: str

    @property
    def aggregate(self) -> str:
        return str(self.series_id)


@dataclass(frozen=True, kw_only=True)
class SeriesBooked(SeriesEvent):
    """The series is certain; `unpaid` of its visits owe their own deposit later."""

    topic: ClassVar[str] = "spa.series.booked.v1"
    unpaid: int


@dataclass(frozen=True, kw_only=True)
class SeriesExpired(SeriesEvent):
    """The series was never paid for, and all its time is free again."""

    topic: ClassVar[str] = "spa.series.expired.v1"


@dataclass(frozen=True, kw_only=True)
class SeriesMoved(SeriesEvent):
    """Several visits of the series have another time, or somebody else."""

    topic: ClassVar[str] = "spa.series.moved.v1"


@dataclass(frozen=True, kw_only=True)
class SeriesCancelled(SeriesEvent):
    """Several visits of the series are cancelled; `credit` came back for them."""

    topic: ClassVar[str] = "spa.series.cancelled.v1"
    credit: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class SeriesDepositDue(AppointmentEvent):
    """A visit of a series asks for its deposit, until `due_at`."""

    topic: ClassVar[str] = "spa.series.deposit_due.v1"
    amount: Decimal
    currency: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class WaitlistOffered(Event):
    """A time came free and is kept for somebody who waited for it, until `expires_at`."""

    topic: ClassVar[str] = "spa.waitlist.offered.v1"
    offer_id: UUID
    client_id: UUID
    starts_at: datetime
    timezone: str
    location: str
    service: str
    expires_at: datetime

    @property
    def aggregate(self) -> str:
        return str(self.offer_id)


@dataclass(frozen=True, kw_only=True)
class TimeFreed(Event):
    """Time of a place came free, other than by a visit's end: what is left of an ended offer."""

    topic: ClassVar[str] = "spa.waitlist.time_freed.v1"
    location_id: UUID
    begins: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class ScheduleOpened(Event):
    """Somebody works, or something can be had, at a place when it could not before."""

    topic: ClassVar[str] = "spa.schedule.opened.v1"
    location_id: UUID
