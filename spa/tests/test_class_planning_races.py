"""Classes made of their schedules by several workers at once (SPA-21, NA-18)."""

from functools import partial
from uuid import UUID

import pytest
from django.db import connection, transaction

from core.models import Location
from core.testing import race
from spa.models import ClassConflict, ClassSchedule, ClassSession, Occupancy
from spa.services.class_planning import Made, make_sessions
from spa.tests.classes import class_type, schedule, teacher
from spa.tests.conftest import NOW
from spa.tests.ledger import count_overlaps
from spa.tests.test_class_planning import conflicts, dates, make

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_at_once_make_each_class_once(location: Location) -> None:
    found = schedule(location, weekdays=[1, 2, 3, 4, 5])

    outcomes = race([partial(make, found)] * 6)

    assert all(isinstance(outcome, Made) for outcome in outcomes), outcomes
    assert sum(outcome.made for outcome in outcomes) == 20
    assert ClassSession.objects.count() == Occupancy.objects.count() == 20
    assert count_overlaps() == 0
    assert conflicts(found) == {}


def test_control_without_the_lock_a_class_that_was_made_is_a_conflict(
    location: Location, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(schedule_id: UUID) -> ClassSchedule:
        return ClassSchedule.objects.get(pk=schedule_id)

    monkeypatch.setattr("spa.services.class_planning._lock_schedule", read)

    found = schedule(location, weekdays=[1, 2, 3, 4, 5])

    race([partial(make, found)] * 6)

    assert set(conflicts(found)) & set(dates(found))


def test_nobody_waits_for_a_schedule_that_somebody_is_at(location: Location) -> None:
    found = schedule(location)

    @transaction.atomic
    def impatient() -> Made:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        return make_sessions.body(schedule_id=found.pk, now=NOW)

    with transaction.atomic():
        ClassSchedule.objects.select_for_update(no_key=True).get(pk=found.pk)
        outcomes = race([impatient])

    assert outcomes == [Made(0, 0)]
    assert make(found).made == 4


def test_na_18_schedules_at_once_never_share_an_instructor(location: Location) -> None:
    instructor = teacher(location)
    rivals = [
        schedule(location, instructor=instructor, class_type=class_type(name=f"Clase {number}"))
        for number in range(6)
    ]

    outcomes = race([partial(make, found) for found in rivals])

    assert all(isinstance(outcome, Made) for outcome in outcomes), outcomes
    assert ClassSession.objects.count() == 4
    assert ClassConflict.objects.count() == 20
    assert count_overlaps() == 0
