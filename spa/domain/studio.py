"""The studio as booking sees it: immutable facts about places, services, people and rooms."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall-clock hours on a weekday (ISO, Monday is 1), within inclusive dates when given."""

    weekday: int
    starts: time
    ends: time
    valid_from: date | None = None
    valid_until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether these hours hold on `day`."""
        return (
            self.weekday == day.isoweekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """Not at work on a date, between two wall times or the whole day."""

    starts: time | None
    ends: time | None


@dataclass(frozen=True, slots=True)
class Extra:
    """At work on a date beyond the weekly hours."""

    place_id: UUID
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Place:
    """A location: its clock, its opening hours, the dates on which it is closed."""

    id: UUID
    name: str
    zone: ZoneInfo
    currency: str
    slot_minutes: int
    opening: tuple[Hours, ...]
    closed_on: frozenset[date]


@dataclass(frozen=True, slots=True)
class Worker:
    """A staff member who can be booked."""

    id: UUID
    resource_id: UUID
    name: str
    position: int
    skill_ids: frozenset[UUID]
    hours: dict[UUID, tuple[Hours, ...]]
    absences: dict[date, tuple[Absence, ...]]
    extras: dict[date, tuple[Extra, ...]]
    # How many low-supervision clients at once; `None` means the rule's number.
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A room or a machine at a location."""

    resource_id: UUID
    kind: str
    place_id: UUID
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class AddOn:
    """Something extra that makes a service longer and dearer."""

    id: UUID
    name: str
    extra_minutes: int
    price: Decimal
    currency: str
    service_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Treatment:
    """A service: its minutes, what it needs, what it costs."""

    id: UUID
    name: str
    duration: int
    buffer_before: int
    buffer_after: int | None
    requires_staff: bool
    skill_id: UUID | None
    room_kind: str
    place_ids: frozenset[UUID]
    price: Decimal
    vip_price: Decimal | None
    currency: str
    deposit_percent: Decimal | None
    deposit_amount: Decimal | None = None
    is_low_supervision: bool = False
    shares_room: bool = False


@dataclass(frozen=True, slots=True)
class Studio:
    """One consistent picture of everything that changes rarely."""

    places: dict[UUID, Place]
    treatments: dict[UUID, Treatment]
    workers: tuple[Worker, ...]
    rooms: tuple[Room, ...]
    add_ons: dict[UUID, AddOn] = field(default_factory=dict)
