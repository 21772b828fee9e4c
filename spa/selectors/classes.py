"""Reading classes and who is in them."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from core.models import Holiday
from spa import errors
from spa.domain.classes import HELD, OPEN, Leave, SessionStatus
from spa.models import (
    ClassSchedule,
    ClassSession,
    ClassType,
    Enrolment,
    ScheduleException,
    StaffMember,
)

HELD_VALUES = [status.value for status in HELD]
OPEN_VALUES = [status.value for status in OPEN]
BATCH = 200


def list_class_types() -> QuerySet[ClassType]:
    """What is taught. One query for a page."""
    return ClassType.objects.filter(is_active=True).order_by("name", "id")


def list_sessions(
    *,
    first_day: date,
    last_day: date,
    location_id: UUID | None,
    class_type_id: UUID | None,
    now: datetime,
) -> QuerySet[ClassSession]:
    """Classes to come on the local days of their places, both included. One query for a page."""
    found = ClassSession.objects.filter(
        status=SessionStatus.SCHEDULED.value,
        date__gte=first_day,
        date__lte=last_day,
        starts_at__gt=now,
        location__is_open_to_public=True,
    )
    if location_id is not None:
        found = found.filter(location_id=location_id)
    if class_type_id is not None:
        found = found.filter(class_type_id=class_type_id)
    related = found.select_related("class_type", "location", "instructor", "room")
    return related.order_by("starts_at", "pk")


def get_session(*, session_id: UUID) -> ClassSession:
    """One class with what it is. Raises `ClassNotFound`. One query."""
    related = ClassSession.objects.select_related("class_type", "location", "instructor", "room")
    found = related.filter(pk=session_id).first()
    if found is None:
        raise errors.ClassNotFound
    return found


def find_place(*, session_id: UUID, client_id: UUID) -> Enrolment | None:
    """Where the person stands in the class now. One query."""
    return Enrolment.objects.filter(
        session_id=session_id, client_id=client_id, status__in=OPEN_VALUES
    ).first()


def list_my_places(*, client_id: UUID) -> QuerySet[Enrolment]:
    """A client's places in classes, the latest class first. One query for a page."""
    return (
        Enrolment.objects.filter(client_id=client_id)
        .select_related(
            "session__class_type", "session__location", "session__instructor", "session__room"
        )
        .order_by("-session__starts_at", "-joined_at", "-pk")
    )


def list_roster(*, session_id: UUID) -> QuerySet[Enrolment]:
    """Who is in the class or in line for it, in the order they came. One query for a page."""
    return (
        Enrolment.objects.filter(session_id=session_id, status__in=OPEN_VALUES)
        .select_related("client")
        .order_by("joined_at", "pk")
    )


def list_instructors(*, skill_id: UUID | None) -> QuerySet[StaffMember]:
    """Who of the team can give what asks for a skill, or for none. One query."""
    team = StaffMember.objects.filter(resource__is_active=True)
    able = team if skill_id is None else team.filter(skills=skill_id)
    return able.order_by("display_name", "pk")


def list_sessions_with_ended_holds(*, now: datetime) -> list[UUID]:
    """Classes in which somebody's time to pay or to answer is over. One query."""
    ended = Enrolment.objects.filter(status__in=HELD_VALUES, hold_expires_at__lte=now)
    return list(
        ended.order_by("session_id").values_list("session_id", flat=True).distinct()[:BATCH]
    )


def list_sessions_to_finish(*, now: datetime) -> list[UUID]:
    """Classes that are over and not closed yet. One query."""
    over = ClassSession.objects.filter(status=SessionStatus.SCHEDULED.value, ends_at__lte=now)
    return list(over.order_by("ends_at", "pk").values_list("pk", flat=True)[:BATCH])


def list_schedules_in_use() -> list[UUID]:
    """Schedules that classes are made of. One query."""
    used = ClassSchedule.objects.filter(is_active=True, class_type__is_active=True)
    return list(used.order_by("pk").values_list("pk", flat=True))


def list_closed_days(*, location_id: UUID, first: date, last: date) -> set[date]:
    """On which of the dates the place is closed. One query."""
    days = Holiday.objects.filter(date__gte=first, date__lte=last)
    here = days.filter(Q(location_id=location_id) | Q(location__isnull=True))
    return set(here.values_list("date", flat=True))


def list_leaves(*, staff_id: UUID, first: date, last: date) -> list[Leave]:
    """When somebody does not work on these dates. One query."""
    off = ScheduleException.objects.filter(staff_id=staff_id, location__isnull=True)
    days = off.filter(date__gte=first, date__lte=last).order_by("date", "pk")
    return [Leave(*row) for row in days.values_list("date", "starts", "ends")]


def has_skill(member: StaffMember, skill_id: UUID | None) -> bool:
    """Whether somebody can give what asks for a skill, or for none. One query at most."""
    return skill_id is None or member.skills.filter(pk=skill_id).exists()
