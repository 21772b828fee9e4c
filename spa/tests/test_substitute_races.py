"""Substitutes of classes, asked for at once (SPA-21, NA-18)."""

from functools import partial
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from core.models import Location
from core.testing import race, until_somebody_waits
from spa.models import ClassSession, Enrolment, Occupancy, StaffMember
from spa.selectors.classes import get_session
from spa.services.classes import substitute_instructor
from spa.tests.classes import a_class, class_type, come, go, schedule, session_of, teacher
from spa.tests.conftest import NOW
from spa.tests.ledger import count_overlaps
from spa.tests.test_booking_races import names

pytestmark = pytest.mark.django_db(transaction=True)


def asking(session: ClassSession, other: StaffMember) -> Any:
    """Somebody of the desk asks one person to give the class."""
    return partial(
        substitute_instructor,
        session_id=session.pk,
        instructor_id=other.pk,
        actor_id=uuid4(),
        now=NOW,
    )


def four_want(other: StaffMember, location: Location) -> tuple[list[ClassSession], list[Any]]:
    """Four classes at one time, and what came of asking the same person to give each of them."""
    sessions = [
        session_of(schedule(location, class_type=class_type(name=f"Clase {uuid4()}")))
        for _ in range(4)
    ]
    return sessions, race([asking(session, other) for session in sessions])


def test_control_without_the_constraint_two_classes_have_one_substitute(
    without_guard: None, all_read_first: None, location: Location
) -> None:
    four_want(teacher(location), location)

    assert count_overlaps() > 0


def test_na_18_two_classes_want_one_substitute_and_one_gets_them(location: Location) -> None:
    other = teacher(location)

    sessions, outcomes = four_want(other, location)

    assert names(outcomes) == {"ClassSession": 1, "InstructorBusy": 3}
    assert Occupancy.objects.filter(resource=other.resource).count() == 1
    assert count_overlaps() == 0
    for session in ClassSession.objects.filter(pk__in=[s.pk for s in sessions]):
        assert Occupancy.objects.filter(
            source_id=session.pk, resource=session.instructor.resource
        ).count() == 1  # fmt: skip


def given_to_four(location: Location) -> tuple[set[Any], set[Any], dict[str, int]]:
    """One class, four asked to give it: who gives it, whose time it has, what came of it."""
    session = a_class(location)
    outcomes = race([asking(session, teacher(location)) for _ in range(4)])
    session.refresh_from_db()
    taken = Occupancy.objects.filter(source_id=session.pk).values_list("resource_id", flat=True)
    return {session.instructor.resource_id}, set(taken), names(outcomes)


def test_na_18_of_four_asked_to_give_a_class_only_the_one_who_does_is_busy(
    location: Location,
) -> None:
    giving, busy, outcomes = given_to_four(location)

    assert busy == giving
    assert outcomes == {"ClassSession": 4}


def test_na_18_control_without_the_lock_a_class_has_the_time_of_who_does_not_give_it(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.classes.lock_session", get_session)

    for _ in range(20):
        giving, busy, _ = given_to_four(location)
        if busy > giving:
            break

    assert busy > giving


def test_who_leaves_while_somebody_else_begins_to_give_the_class_finds_it(
    location: Location,
) -> None:
    session, other = a_class(location), teacher(location)
    place = come(session).enrolment
    asked, given = asking(session, other).keywords, Event()

    def giving() -> None:
        with transaction.atomic():
            substitute_instructor.body(**asked)
            given.set()
            until_somebody_waits()

    def leaving() -> Enrolment:
        assert given.wait(10)
        return go(place)

    assert names(race([giving, leaving])) == {"NoneType": 1, "Enrolment": 1}
