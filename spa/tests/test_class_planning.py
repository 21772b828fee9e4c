"""Classes made of their schedules (SPA-21, NA-17, NA-18)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from core.models import Holiday, Location
from spa import errors, tasks
from spa.models import (
    ClassConflict,
    ClassSchedule,
    ClassSession,
    ClassType,
    Occupancy,
    Resource,
    ResourceKind,
    ScheduleException,
    StaffMember,
)
from spa.services.class_planning import Made, make_sessions
from spa.services.classes import cancel_session
from spa.tests.classes import MONDAY, class_type, schedule, session_of, teacher
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.factories import LocationFactory, RoomFactory, SkillFactory
from spa.tests.ledger import count_overlaps
from users.tests.factories import UserFactory

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def dates(found: ClassSchedule) -> list[date]:
    sessions = ClassSession.objects.filter(schedule=found).order_by("date")
    return list(sessions.values_list("date", flat=True))


def conflicts(found: ClassSchedule) -> dict[date, str]:
    return dict(ClassConflict.objects.filter(schedule=found).values_list("date", "reason"))


def make(found: ClassSchedule, now: datetime = NOW) -> Made:
    return make_sessions(schedule_id=found.pk, now=now)


def test_classes_are_made_for_the_days_ahead_with_instructor_and_room_taken(
    location: Location,
) -> None:
    room = RoomFactory.create(location=location, kind=ResourceKind.ROOM)
    found = schedule(location, room=room, weekdays=[1, 3], capacity=8)

    assert make(found) == Made(made=8, refused=0)

    assert dates(found) == [date(2026, 12, day) for day in (7, 9, 14, 16, 21, 23, 28, 30)]
    session = ClassSession.objects.get(date=MONDAY)
    assert (session.starts_at, session.ends_at) == (MONDAY_TEN, MONDAY_TEN + timedelta(hours=1))
    assert (session.capacity, session.seats_taken, session.status) == (8, 0, "scheduled")
    taken = Occupancy.objects.filter(source_id=session.pk, source_kind="spa.class_session")
    assert set(taken.values_list("resource_id", flat=True)) == {
        room.pk, found.instructor.resource_id,
    }  # fmt: skip
    assert {(row.lanes.lower, row.lanes.upper) for row in taken} == {(0, None)}


def test_making_them_again_makes_only_what_is_new(location: Location) -> None:
    found = schedule(location)
    make(found)

    assert make(found) == Made(0, 0)
    assert make(found, NOW + WEEK) == Made(1, 0)
    assert len(dates(found)) == 5


def test_how_far_ahead_is_a_rule(location: Location) -> None:
    rule_that(class_days_ahead=7)

    assert make(schedule(location)).made == 1


def test_dates_of_the_schedule_and_times_that_have_passed_are_kept_to(location: Location) -> None:
    found = schedule(location, valid_from=MONDAY, valid_until=MONDAY + WEEK)

    make(found, MONDAY_TEN)

    assert dates(found) == [MONDAY + WEEK]


@pytest.mark.parametrize("change", [{"is_active": False}, {"class_type__is_active": False}])
def test_what_is_out_of_use_makes_no_classes(location: Location, change: Any) -> None:
    taught = class_type(is_active=change.get("class_type__is_active", True))
    found = schedule(location, class_type=taught, is_active=change.get("is_active", True))

    tasks.make_classes()

    assert make(found) == Made(0, 0)
    assert not ClassSession.objects.exists()


def test_a_class_that_was_cancelled_is_not_made_again(location: Location) -> None:
    found = schedule(location)
    session = session_of(found)
    cancel_session(
        session_id=session.pk, reason="lluvia", actor_id=UserFactory.create().pk, now=NOW
    )

    assert make(found) == Made(0, 0)
    assert ClassSession.objects.filter(date=MONDAY).count() == 1


def test_na_17_a_class_keeps_its_wall_time_when_clocks_change(location: Location) -> None:
    Location.objects.update(timezone="Europe/Madrid")
    found = schedule(location, weekdays=[7], valid_from=date(2027, 3, 21))

    make(found, datetime(2027, 3, 20, tzinfo=UTC))

    starts = ClassSession.objects.order_by("date").values_list("starts_at", flat=True)
    walls = [start.astimezone(ZoneInfo("Europe/Madrid")).time() for start in starts]
    assert walls == [time(10)] * 4
    assert [start.hour for start in starts] == [9, 8, 8, 8]


def test_na_17_an_hour_the_clock_skips_is_a_conflict_and_not_a_class(location: Location) -> None:
    Location.objects.update(timezone="Europe/Madrid")
    found = schedule(
        location, weekdays=[7], starts=time(2, 30), valid_from=date(2027, 3, 28),
        valid_until=date(2027, 3, 28),
    )  # fmt: skip

    assert make(found, datetime(2027, 3, 20, tzinfo=UTC)) == Made(0, 1)

    assert conflicts(found) == {date(2027, 3, 28): "no_such_time"}


def test_na_18_a_class_never_takes_time_somebody_has_booked(
    book: Book, location: Location, therapist: StaffMember
) -> None:
    visit = book().appointment
    found = schedule(location, instructor=therapist)

    assert make(found) == Made(made=3, refused=1)

    assert conflicts(found) == {MONDAY: "instructor_busy"}
    assert not ClassSession.objects.filter(date=MONDAY).exists()
    assert Occupancy.objects.filter(source_id=visit.pk).count() == 1
    assert count_overlaps() == 0


def test_na_18_nobody_books_time_a_class_has(
    book: Book, location: Location, therapist: StaffMember
) -> None:
    make(schedule(location, instructor=therapist))

    with pytest.raises(errors.SlotTaken):
        book()


def test_the_room_is_a_conflict_too_and_the_instructor_stays_free(location: Location) -> None:
    room = RoomFactory.create(location=location, kind=ResourceKind.ROOM)
    make(schedule(location, room=room))
    second = schedule(location, room=room, class_type=class_type(name="Pilates"))

    assert make(second) == Made(0, 4)

    assert set(conflicts(second).values()) == {"room_busy"}
    assert not Occupancy.objects.filter(resource=second.instructor.resource).exists()


def test_a_conflict_is_tried_again_and_gone_once_the_class_could_be_made(
    location: Location,
) -> None:
    instructor = teacher(location)
    first = session_of(schedule(location, instructor=instructor))
    second = schedule(location, instructor=instructor, class_type=class_type(name="Pilates"))
    make(second)
    cancel_session(session_id=first.pk, reason="lluvia", actor_id=UserFactory.create().pk, now=NOW)

    assert make(second) == Made(made=1, refused=3)

    assert dates(second) == [MONDAY]
    assert MONDAY not in conflicts(second)


def _is_away(found: ClassSchedule) -> None:
    ScheduleException.objects.create(staff=found.instructor, date=MONDAY)


def _is_away_for_an_hour(found: ClassSchedule) -> None:
    ScheduleException.objects.create(
        staff=found.instructor, date=MONDAY, starts=time(10, 30), ends=time(12)
    )


def _is_holiday(found: ClassSchedule) -> None:
    Holiday.objects.create(date=MONDAY, name="Inmaculada")


def _lacks_the_skill(found: ClassSchedule) -> None:
    ClassType.objects.update(required_skill=SkillFactory.create())


def _left_the_team(found: ClassSchedule) -> None:
    Resource.objects.filter(pk=found.instructor.resource_id).update(is_active=False)


def _has_no_room(found: ClassSchedule) -> None:
    ClassType.objects.update(room_kind=ResourceKind.ROOM)


def _has_a_cabin(found: ClassSchedule) -> None:
    _has_no_room(found)
    ClassSchedule.objects.update(room=RoomFactory.create(location=found.location))


def _has_a_room_elsewhere(found: ClassSchedule) -> None:
    ClassSchedule.objects.update(room=RoomFactory.create(kind=ResourceKind.ROOM))


def _has_a_closed_room(found: ClassSchedule) -> None:
    ClassSchedule.objects.update(room=RoomFactory.create(location=found.location, is_active=False))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_is_away, "instructor_away"),
        (_is_away_for_an_hour, "instructor_away"),
        (_is_holiday, "closed"),
        (_lacks_the_skill, "not_able"),
        (_left_the_team, "not_able"),
        (_has_no_room, "room_unfit"),
        (_has_a_cabin, "room_unfit"),
        (_has_a_room_elsewhere, "room_unfit"),
        (_has_a_closed_room, "room_unfit"),
    ],
)
def test_what_cannot_be_given_is_a_conflict_with_its_reason(
    location: Location, happens: Any, reason: str
) -> None:
    found = schedule(location, valid_until=MONDAY)
    happens(found)

    assert make(found) == Made(0, 1)

    assert conflicts(found) == {MONDAY: reason}
    assert not Occupancy.objects.exists()


@pytest.mark.parametrize(
    "off",
    [
        {"date": MONDAY, "starts": time(11), "ends": time(12)},
        {"date": MONDAY + DAY},
    ],
)
def test_an_absence_at_another_time_is_none(location: Location, off: Any) -> None:
    found = schedule(location, valid_until=MONDAY)
    ScheduleException.objects.create(staff=found.instructor, **off)

    assert make(found) == Made(1, 0)


@pytest.mark.parametrize(
    ("off", "made"),
    [
        ({}, 0),
        ({"starts": time(0, 29), "ends": time(8)}, 0),
        ({"starts": time(0, 30), "ends": time(8)}, 1),
    ],
)
def test_a_class_that_ends_on_the_next_day_ends_before_that_days_absence(
    location: Location, off: Any, made: int
) -> None:
    rule_that(class_days_ahead=3)
    found = schedule(location, starts=time(23, 30))
    ScheduleException.objects.create(staff=found.instructor, date=MONDAY + DAY, **off)

    assert make(found) == Made(made, 1 - made)

    assert dates(found) == [MONDAY] * made


def test_somebody_who_has_the_skill_and_a_room_of_the_kind_will_do(location: Location) -> None:
    skill = SkillFactory.create()
    room = RoomFactory.create(location=location, kind=ResourceKind.ROOM)
    found = schedule(
        location,
        class_type=class_type(required_skill=skill, room_kind=ResourceKind.ROOM),
        instructor=teacher(location, skills=[skill]),
        room=room,
        valid_until=MONDAY,
    )

    assert make(found) == Made(1, 0)


def test_conflicts_of_dates_that_have_passed_are_forgotten(location: Location) -> None:
    found = schedule(location, valid_until=MONDAY)
    Holiday.objects.create(date=MONDAY, name="Inmaculada")
    make(found)

    make(found, NOW + WEEK)

    assert conflicts(found) == {}


def test_one_date_has_one_class_whatever_the_code_believes(location: Location) -> None:
    session = session_of(schedule(location))
    session.pk = None

    with pytest.raises(IntegrityError, match="spa_classsession_once_a_date"), transaction.atomic():
        session.save(force_insert=True)


@pytest.mark.parametrize("weekdays", [[], [0], [8], [1, 9]])
def test_a_schedule_has_weekdays_that_exist(location: Location, weekdays: list[int]) -> None:
    with pytest.raises(IntegrityError, match="spa_classschedule_weekdays_exist"):
        schedule(location, weekdays=weekdays)


def test_na_34_one_schedule_that_fails_does_not_stop_the_others(location: Location) -> None:
    nowhere = LocationFactory.create(timezone="Mars/Olympus")
    broken = schedule(nowhere)
    others = [schedule(location, class_type=class_type(name=name)) for name in ("Pilates", "Baile")]
    ClassSchedule.objects.update(valid_from=date(2020, 1, 1), weekdays=[1, 2, 3, 4, 5, 6, 7])

    tasks.make_classes()

    assert not dates(broken)
    assert all(dates(found) for found in others)
