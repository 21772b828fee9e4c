"""Classes made of their schedules, some weeks ahead (SPA-21, NA-18)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core.ids import uuid7
from core.selectors.settings import get_settings
from core.use_cases import use_case
from spa.domain.classes import Leave, Rhythm, start_on
from spa.models import (
    BookingSettings,
    ClassConflict,
    ClassSchedule,
    ClassSession,
    ConflictReason,
)
from spa.selectors.classes import has_skill, list_closed_days, list_leaves
from spa.steps.classes import occupy_session


@dataclass(frozen=True, slots=True)
class Made:
    """How many classes were made of a schedule, and how many could not be."""

    made: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Season:
    """What decides whether classes of one schedule can be given, read once for all its dates."""

    schedule: ClassSchedule
    closed: Collection[date]
    leaves: Collection[Leave]
    is_able: bool

    def refusal_of(self, session: ClassSession) -> ConflictReason | None:
        """Why the class cannot be given, whoever is busy; `None` if it can."""
        zone = self.schedule.location.zone
        if not self.is_able:
            return ConflictReason.INSTRUCTOR_NOT_ABLE
        if not _has_fitting_room(self.schedule):
            return ConflictReason.ROOM_UNFIT
        if session.date in self.closed:
            return ConflictReason.CLOSED
        if any(leave.covers(session.starts_at, session.ends_at, zone) for leave in self.leaves):
            return ConflictReason.INSTRUCTOR_AWAY
        return None


@use_case
def make_sessions(*, schedule_id: UUID, now: datetime) -> Made:
    """Make the classes of a schedule for the days ahead; what cannot be made is kept as a conflict.

    May run at any time and twice at once: each date has one class. A conflict is tried again each
    time, and gone once its class could be made.
    """
    schedule = _lock_schedule(schedule_id)
    if schedule is None:
        return Made(0, 0)
    today = now.astimezone(schedule.location.zone).date()
    last = today + timedelta(days=get_settings(BookingSettings).class_days_ahead)
    season = _season(schedule, today, last)
    made, refused = 0, dict[date, ConflictReason]()
    for day in _missing(schedule, today, last):
        session = _planned(schedule, day)
        if session is None:
            refused[day] = ConflictReason.NO_SUCH_TIME
        elif session.starts_at > now:
            if reason := season.refusal_of(session) or occupy_session(session, now=now):
                refused[day] = reason
            else:
                session.save(force_insert=True)
                made += 1
    _keep_conflicts(schedule, refused, now=now)
    return Made(made, len(refused))


def _lock_schedule(schedule_id: UUID) -> ClassSchedule | None:
    """The schedule, unless it is out of use or another worker is at it right now."""
    free = ClassSchedule.objects.filter(pk=schedule_id)
    if free.select_for_update(skip_locked=True, no_key=True).first() is None:
        return None
    # Read under the lock: a room or instructor that changed meanwhile would be looked for in vain
    # in what was read before.
    return (
        ClassSchedule.objects.filter(pk=schedule_id, is_active=True, class_type__is_active=True)
        .select_related("class_type", "location", "instructor__resource", "room")
        .first()
    )


def _season(schedule: ClassSchedule, first: date, last: date) -> _Season:
    instructor = schedule.instructor
    return _Season(
        schedule=schedule,
        closed=list_closed_days(location_id=schedule.location_id, first=first, last=last),
        # A class that begins late in the evening ends on the next day.
        leaves=list_leaves(staff_id=instructor.pk, first=first, last=last + timedelta(days=1)),
        is_able=instructor.resource.is_active
        and has_skill(instructor, schedule.class_type.required_skill_id),
    )


def _has_fitting_room(schedule: ClassSchedule) -> bool:
    kind, room = schedule.class_type.room_kind, schedule.room
    if room is None:
        return not kind
    is_here = room.location_id == schedule.location_id
    return room.is_active and is_here and (not kind or room.kind == kind)


def _missing(schedule: ClassSchedule, first: date, last: date) -> Iterable[date]:
    """The dates of the schedule that have no class, not even a cancelled one."""
    rhythm = Rhythm(frozenset(schedule.weekdays), schedule.valid_from, schedule.valid_until)
    made = ClassSession.objects.filter(schedule_id=schedule.pk, date__gte=first, date__lte=last)
    known = set(made.values_list("date", flat=True))
    return [day for day in rhythm.dates(first, last) if day not in known]


def _planned(schedule: ClassSchedule, day: date) -> ClassSession | None:
    """The class of one date, not stored yet; `None` when the clock never shows its hour."""
    start = start_on(day, schedule.starts, schedule.location.zone)
    if start is None:
        return None
    taught = schedule.class_type
    return ClassSession(
        id=uuid7(),
        class_type=taught,
        schedule=schedule,
        location=schedule.location,
        date=day,
        starts_at=start,
        ends_at=start + timedelta(minutes=taught.duration_minutes),
        instructor=schedule.instructor,
        room=schedule.room,
        capacity=schedule.capacity or taught.capacity,
    )


def _keep_conflicts(
    schedule: ClassSchedule, refused: dict[date, ConflictReason], *, now: datetime
) -> None:
    """The conflicts of the schedule are these, and no others."""
    ClassConflict.objects.filter(schedule=schedule).exclude(date__in=refused).delete()
    ClassConflict.objects.bulk_create(
        [
            ClassConflict(schedule=schedule, date=day, reason=reason, seen_at=now)
            for day, reason in refused.items()
        ],
        update_conflicts=True,
        unique_fields=["schedule", "date"],
        update_fields=["reason", "seen_at"],
    )
