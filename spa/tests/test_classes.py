"""Classes given, substituted, cancelled, over (SPA-21)."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import AuditEntry, Location, OutboxMessage
from core.testing import deliver_outbox
from notifications.models import Notification
from spa import errors, tasks
from spa.events import ClassCancelled, ClassInstructorChanged
from spa.models import ClassSession, ClassType, Enrolment, Occupancy, Resource, ScheduleException
from spa.services.classes import (
    cancel_session,
    finish_session,
    substitute_instructor,
    take_attendance,
)
from spa.tests.classes import (
    MONDAY,
    a_class,
    certain,
    class_type,
    come,
    go,
    schedule,
    session_of,
    status_of,
    teacher,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW, Book
from spa.tests.factories import RoomFactory, SkillFactory
from spa.tests.ledger import count_overlaps, nothing_changes
from users.tests.factories import UserFactory

OVER = MONDAY_TEN + timedelta(hours=1)


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return a_class(location, capacity=4)


def told(topic: str) -> set[str]:
    messages = OutboxMessage.objects.filter(topic=topic)
    return {message.payload["client_id"] for message in messages}


def busy(session: ClassSession) -> set[Any]:
    """Whose time the class has."""
    rows = Occupancy.objects.filter(source_id=session.pk)
    return set(rows.values_list("resource_id", flat=True))


# --- attendance


def attend(session: ClassSession, *present: Enrolment, now: datetime = MONDAY_TEN) -> None:
    take_attendance(
        session_id=session.pk,
        present=[place.client_id for place in present],
        actor_id=UserFactory.create(staff=True).pk,
        now=now,
    )


def test_who_is_named_was_there_and_the_others_were_not(yoga: ClassSession) -> None:
    came, missed = certain(yoga), certain(yoga)
    unpaid = come(yoga).enrolment

    attend(yoga, came)

    assert [status_of(place) for place in (came, missed, unpaid)] == [
        "attended", "absent", "pending_payment",
    ]  # fmt: skip
    assert AuditEntry.objects.get().facts == {"present": [str(came.client_id)]}


def test_a_roll_may_be_corrected_also_after_the_class(yoga: ClassSession) -> None:
    first, second = certain(yoga), certain(yoga)
    attend(yoga, first)
    finish_session(session_id=yoga.pk, now=OVER)

    attend(yoga, second, now=OVER)

    assert (status_of(first), status_of(second)) == ("absent", "attended")


@pytest.mark.parametrize("who", ["nobody known", "somebody in line"])
def test_who_has_no_place_cannot_have_been_there(location: Location, who: str) -> None:
    session = a_class(location, capacity=1)
    place = certain(session)
    stranger = waiting(session) if who == "somebody in line" else Enrolment(client_id=uuid4())

    with pytest.raises(errors.NotOnClassList) as refused, nothing_changes():
        attend(session, place, stranger)
    assert refused.value.facts == {"clients": [str(stranger.client_id)]}


def test_attendance_is_taken_once_the_class_has_begun(yoga: ClassSession) -> None:
    with pytest.raises(errors.ClassNotStarted), nothing_changes():
        attend(yoga, now=MONDAY_TEN - timedelta(seconds=1))


def test_attendance_of_a_cancelled_class_is_not_taken(yoga: ClassSession) -> None:
    cancel(yoga)

    with pytest.raises(errors.ClassCancelled), nothing_changes():
        attend(yoga)


# --- substitutes


def substitute(session: ClassSession, instructor: Any, now: datetime = NOW) -> ClassSession:
    return substitute_instructor(
        session_id=session.pk,
        instructor_id=instructor.pk,
        actor_id=UserFactory.create(staff=True).pk,
        now=now,
    )


def test_a_substitute_takes_the_class_and_its_people_are_told(
    yoga: ClassSession, location: Location
) -> None:
    paid, unpaid, gone = certain(yoga), come(yoga).enrolment, come(yoga).enrolment
    go(gone)
    former, other = yoga.instructor, teacher(location, display_name="Luz")

    substitute(yoga, other)

    yoga.refresh_from_db()
    assert yoga.instructor == other
    assert busy(yoga) == {other.resource_id}
    assert told(ClassInstructorChanged.topic) == {str(paid.client_id), str(unpaid.client_id)}
    assert AuditEntry.objects.get().facts == {
        "former": str(former.pk), "instructor": str(other.pk),
    }  # fmt: skip
    deliver_outbox()
    note = Notification.objects.filter(template="class_instructor_changed").first()
    assert note is not None
    assert note.facts["instructor"] == "Luz"


def test_the_room_stays_where_it_is(location: Location) -> None:
    room = RoomFactory.create(location=location)
    session = session_of(schedule(location, room=room))
    other = teacher(location)

    substitute(session, other)

    assert busy(session) == {other.resource_id, room.pk}


def test_the_same_instructor_again_changes_nothing(yoga: ClassSession) -> None:
    certain(yoga)

    with nothing_changes():
        substitute(yoga, yoga.instructor)


def _is_booked(book: Book, instructor: Any) -> None:
    book(staff_id=instructor.pk)


def _is_away(book: Book, instructor: Any) -> None:
    ScheduleException.objects.create(staff=instructor, date=MONDAY)


def _lacks_the_skill(book: Book, instructor: Any) -> None:
    ClassType.objects.update(required_skill=SkillFactory.create())


def _left_the_team(book: Book, instructor: Any) -> None:
    Resource.objects.filter(pk=instructor.resource_id).update(is_active=False)


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        (_is_booked, errors.InstructorBusy),
        (_is_away, errors.InstructorBusy),
        (_lacks_the_skill, errors.InstructorNotAble),
        (_left_the_team, errors.StaffNotFound),
    ],
)
def test_who_cannot_give_the_class_is_refused_and_nothing_moves(
    book: Book, yoga: ClassSession, location: Location, happens: Any, refusal: type[Exception]
) -> None:
    place, other = certain(yoga), teacher(location)
    happens(book, other)

    with pytest.raises(refusal), nothing_changes():
        substitute(yoga, other)
    assert status_of(place) == "enrolled"


def test_who_is_away_when_the_class_ends_on_the_next_day_cannot_give_it(location: Location) -> None:
    late, other = session_of(schedule(location, starts=time(23, 30))), teacher(location)
    ScheduleException.objects.create(staff=other, date=MONDAY + timedelta(days=1))

    with pytest.raises(errors.InstructorBusy), nothing_changes():
        substitute(late, other)
    assert count_overlaps() == 0


def test_a_class_that_has_begun_keeps_its_instructor(
    yoga: ClassSession, location: Location
) -> None:
    with pytest.raises(errors.ClassStarted), nothing_changes():
        substitute(yoga, teacher(location), MONDAY_TEN)


# --- cancelled by the studio


def cancel(session: ClassSession, now: datetime = NOW, reason: str = "lluvia") -> ClassSession:
    return cancel_session(
        session_id=session.pk, reason=reason, actor_id=UserFactory.create(staff=True).pk, now=now
    )


def test_a_cancelled_class_frees_its_time_and_tells_everybody_once(yoga: ClassSession) -> None:
    paid, unpaid = certain(yoga), come(yoga).enrolment
    gone = go(come(yoga).enrolment)

    cancel(yoga)
    with nothing_changes():
        cancel(yoga)

    yoga.refresh_from_db()
    assert (yoga.status, yoga.cancel_reason, yoga.cancelled_at) == ("cancelled", "lluvia", NOW)
    assert (yoga.seats_taken, busy(yoga)) == (0, set())
    assert told(ClassCancelled.topic) == {str(paid.client_id), str(unpaid.client_id)}
    assert status_of(gone) == "left"
    deliver_outbox()
    assert Notification.objects.filter(template="class_cancelled").count() == 2
    assert AuditEntry.objects.filter(action="spa.class.cancelled").count() == 1


def test_seats_of_a_cancelled_class_are_offered_to_nobody(location: Location) -> None:
    session = a_class(location, capacity=1)
    certain(session)
    line = waiting(session)

    cancel(session)

    assert status_of(line) == "cancelled"
    assert not OutboxMessage.objects.filter(topic="spa.enrolment.offered.v1").exists()


def test_the_time_of_a_cancelled_class_can_be_booked(
    book: Book, location: Location, therapist: Any
) -> None:
    session = session_of(schedule(location, instructor=therapist))
    cancel(session)

    assert book().appointment.status == "pending_payment"


def test_a_class_that_nobody_came_to_give_is_cancelled_while_it_is_not_closed(
    yoga: ClassSession,
) -> None:
    place = certain(yoga)
    attend(yoga, place)

    cancel(yoga, MONDAY_TEN + timedelta(minutes=20))

    assert status_of(place) == "cancelled"


def test_a_class_that_was_given_stays_given(yoga: ClassSession) -> None:
    certain(yoga)
    finish_session(session_id=yoga.pk, now=OVER)

    with pytest.raises(errors.ClassOver), nothing_changes():
        cancel(yoga, OVER)


# --- over


def test_a_class_is_closed_once_it_is_over(yoga: ClassSession) -> None:
    assert finish_session(session_id=yoga.pk, now=OVER - timedelta(seconds=1)) is False

    assert finish_session(session_id=yoga.pk, now=OVER) is True

    yoga.refresh_from_db()
    assert yoga.status == "done"


def test_the_line_of_a_class_that_is_over_ends(location: Location) -> None:
    session = a_class(location, capacity=1)
    certain(session)
    line = waiting(session)

    finish_session(session_id=session.pk, now=OVER)

    assert status_of(line) == "expired"


def test_a_cancelled_class_is_never_closed(yoga: ClassSession) -> None:
    cancel(yoga)

    assert finish_session(session_id=yoga.pk, now=OVER) is False


def test_the_task_closes_what_is_over(location: Location) -> None:
    now = timezone.now()
    over, coming = a_class(location), a_class(location, name="Pilates")
    for session, begins in ((over, now - timedelta(hours=2)), (coming, now)):
        ClassSession.objects.filter(pk=session.pk).update(
            starts_at=begins, ends_at=begins + timedelta(hours=1)
        )

    tasks.finish_classes()

    stand = dict(ClassSession.objects.values_list("pk", "status"))
    assert (stand[over.pk], stand[coming.pk]) == ("done", "scheduled")


def test_what_is_taught_has_a_price_that_can_be_charged(location: Location) -> None:
    with pytest.raises(Exception, match="price"):
        class_type(price=-1)
