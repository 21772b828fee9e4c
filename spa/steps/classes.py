"""Classes on the occupancy ledger, and telling the people in them (SPA-21, NA-18)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from core.db import requires_transaction
from core.outbox import publish, publish_all
from spa import errors
from spa.domain.classes import SessionStatus
from spa.events import EnrolmentEvent, TimeFreed
from spa.models import ClassSession, ConflictReason, Enrolment, Occupancy, StaffMember
from spa.steps.occupancy import Claim, Source, release
from spa.steps.winning import win

SESSION_KIND = "spa.class_session"


@requires_transaction
def lock_session(*, session_id: UUID) -> ClassSession:
    """Hold the class: nobody else changes it, its seats or who is in it until commit.

    Raises `ClassNotFound`.
    """
    found = (
        # Without who gives it: whoever waited for a substitution would look for the former one in
        # what they read before, and find no class.
        ClassSession.objects.select_related("class_type", "location", "room")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=session_id)
        .first()
    )
    if found is None:
        raise errors.ClassNotFound
    return found


def refuse_closed(session: ClassSession, *, now: datetime) -> None:
    """Nobody comes or goes any more. Raises `ClassCancelled`, `ClassStarted`."""
    if session.status == SessionStatus.CANCELLED:
        raise errors.ClassCancelled
    if session.status == SessionStatus.DONE or session.starts_at <= now:
        raise errors.ClassStarted


@requires_transaction
def occupy_session(session: ClassSession, *, now: datetime) -> ConflictReason | None:
    """Take the time of the class's instructor and room; both or neither, and why not."""
    instructor_id = session.instructor.resource_id
    wanted = [instructor_id] if session.room_id is None else [instructor_id, session.room_id]
    claims = [Claim(resource_id, session.starts_at, session.ends_at) for resource_id in wanted]
    source = Source(SESSION_KIND, session.pk)
    missing = win(source=source, claims=claims, hold_expires_at=None, now=now)
    if not missing:
        return None
    is_instructor = any(claim.resource_id == instructor_id for claim in missing)
    return ConflictReason.INSTRUCTOR_BUSY if is_instructor else ConflictReason.ROOM_BUSY


@requires_transaction
def hand_over_to(session: ClassSession, instructor: StaffMember, *, now: datetime) -> bool:
    """Take the new instructor's time and give back the old one's, if the new one is free."""
    claim = Claim(instructor.resource_id, session.starts_at, session.ends_at)
    source = Source(SESSION_KIND, session.pk)
    if win(source=source, claims=[claim], hold_expires_at=None, now=now):
        return False
    former = session.instructor.resource_id
    Occupancy.objects.filter(source_id=session.pk, resource_id=former).delete()
    session.instructor = instructor
    session.save(update_fields=["instructor", "updated_at"])
    _tell_freed(session)
    return True


@requires_transaction
def free_time(session: ClassSession) -> None:
    """Give back the time of the class's instructor and room."""
    release(source_ids=[session.pk])
    _tell_freed(session)


def _tell_freed(session: ClassSession) -> None:
    """Somebody may wait for a visit at that time."""
    publish(
        TimeFreed(location_id=session.location_id, begins=session.starts_at, ends=session.ends_at)
    )


@requires_transaction
def announce_to(
    enrolments: Iterable[Enrolment], event_type: type[EnrolmentEvent], **more: Any
) -> None:
    """Publish a fact about each person, in the words a message needs. One statement."""
    publish_all(
        [
            event_type(
                enrolment_id=enrolment.pk,
                session_id=enrolment.session_id,
                client_id=enrolment.client_id,
                starts_at=enrolment.session.starts_at,
                timezone=enrolment.session.location.timezone,
                location=enrolment.session.location.name,
                class_name=enrolment.session.class_type.name,
                **more,
            )
            for enrolment in enrolments
        ]
    )
