"""Classes: given, substituted, cancelled, over (SPA-21)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import audit
from core.use_cases import use_case
from spa import errors
from spa.domain.classes import (
    CERTAIN,
    HELD,
    HOLDING,
    OPEN,
    EnrolmentStatus,
    SessionStatus,
    roll,
)
from spa.events import ClassCancelled, ClassInstructorChanged
from spa.models import ClassSession, Enrolment, StaffMember
from spa.selectors.classes import has_skill, list_leaves
from spa.steps.classes import (
    SESSION_KIND,
    announce_to,
    free_time,
    hand_over_to,
    lock_session,
    refuse_closed,
)
from spa.steps.commissions import reward_class
from spa.steps.enrolment import free_seats, give_up, list_in_class, move
from spa.steps.enrolment_money import earn_all, give_all_back


@use_case
def cancel_session(*, session_id: UUID, reason: str, actor_id: UUID, now: datetime) -> ClassSession:
    """The studio does not give a class: everybody gets all back and is told, its time is free.

    A repeat changes nothing. Raises `ClassNotFound`, `ClassOver`.
    """
    session = lock_session(session_id=session_id)
    if session.status == SessionStatus.CANCELLED:
        return session
    if session.status == SessionStatus.DONE:
        raise errors.ClassOver
    # First of all: seats that come free below are offered to nobody.
    session.status, session.cancelled_at = SessionStatus.CANCELLED.value, now
    session.cancel_reason = reason
    session.save(update_fields=["status", "cancelled_at", "cancel_reason", "updated_at"])
    people = _people(session, OPEN)
    certain = [place for place in people if place.status in CERTAIN]
    unpaid = [place for place in people if place.status not in CERTAIN]
    give_up(session, unpaid, EnrolmentStatus.CANCELLED, now=now)
    give_all_back(certain, now=now)
    move(certain, EnrolmentStatus.CANCELLED, now=now, closed_at=now)
    free_seats(session, len(certain), now=now)
    free_time(session)
    announce_to(people, ClassCancelled)
    _record("cancelled", session, actor_id, now=now, reason=reason, people=len(people))
    return session


@use_case
def substitute_instructor(
    *, session_id: UUID, instructor_id: UUID, actor_id: UUID, now: datetime
) -> ClassSession:
    """Let somebody else give the class; the ledger moves with it, and its people are told.

    A repeat changes nothing. Raises `ClassNotFound`, `ClassCancelled`, `ClassStarted`,
    `StaffNotFound`, `InstructorNotAble`, `InstructorBusy`.
    """
    session = lock_session(session_id=session_id)
    refuse_closed(session, now=now)
    if session.instructor_id == instructor_id:
        return session
    former, instructor = session.instructor, _able(session, instructor_id)
    if _is_away(instructor, session) or not hand_over_to(session, instructor, now=now):
        raise errors.InstructorBusy
    name = instructor.display_name
    announce_to(_people(session, HOLDING), ClassInstructorChanged, instructor=name)
    changed = {"former": str(former.pk), "instructor": str(instructor.pk)}
    _record("substituted", session, actor_id, now=now, **changed)
    return session


@use_case
def take_attendance(
    *, session_id: UUID, present: Sequence[UUID], actor_id: UUID, now: datetime
) -> ClassSession:
    """Note who of the people with a place was there; the others were absent.

    May be repeated to correct it. Raises `ClassNotFound`, `ClassCancelled`, `ClassNotStarted`,
    `NotOnClassList` (with who is not).
    """
    session = lock_session(session_id=session_id)
    if session.status == SessionStatus.CANCELLED:
        raise errors.ClassCancelled
    if now < session.starts_at:
        raise errors.ClassNotStarted
    places = {place.client_id: place for place in _people(session, CERTAIN)}
    if strangers := [str(client) for client in present if client not in places]:
        raise errors.NotOnClassList(clients=strangers)
    marked = {client: place.status for client, place in places.items()}
    for status, clients in roll(marked, present).items():
        move([places[client] for client in clients], status, now=now)
    there = [str(client) for client in present]
    _record("attendance", session, actor_id, now=now, present=there)
    return session


@use_case
def finish_session(*, session_id: UUID, now: datetime) -> bool:
    """Close a class that is over: what was paid for it is earned, and a part of it by who gave it.

    Says whether it was open.
    """
    session = lock_session(session_id=session_id)
    if session.status != SessionStatus.SCHEDULED or now < session.ends_at:
        return False
    session.status = SessionStatus.DONE.value
    session.save(update_fields=["status", "updated_at"])
    unpaid = _people(session, HELD | {EnrolmentStatus.WAITING})
    give_up(session, unpaid, EnrolmentStatus.EXPIRED, now=now)
    people = _people(session, CERTAIN)
    earn_all(people, now=now)
    reward_class(session, people, now=now)
    return True


def _people(session: ClassSession, statuses: Iterable[EnrolmentStatus]) -> list[Enrolment]:
    places = list(list_in_class(session, frozenset(statuses)).order_by("joined_at", "pk"))
    for place in places:
        place.session = session
    return places


def _able(session: ClassSession, instructor_id: UUID) -> StaffMember:
    members = StaffMember.objects.select_related("resource")
    member = members.filter(pk=instructor_id, resource__is_active=True).first()
    if member is None:
        raise errors.StaffNotFound
    if not has_skill(member, session.class_type.required_skill_id):
        raise errors.InstructorNotAble
    return member


def _is_away(member: StaffMember, session: ClassSession) -> bool:
    zone = session.location.zone
    leaves = list_leaves(
        staff_id=member.pk, first=session.date, last=session.date + timedelta(days=1)
    )
    return any(leave.covers(session.starts_at, session.ends_at, zone) for leave in leaves)


def _record(
    what: str, session: ClassSession, actor_id: UUID, *, now: datetime, **facts: Any
) -> None:
    audit.record(
        action=f"spa.class.{what}",
        subject_kind=SESSION_KIND,
        subject_id=session.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
