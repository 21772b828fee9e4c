"""The studio in memory is never an old one, whoever changes it (architecture.md, decision 2)."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from core.models import Holiday, Location, OpeningHours
from spa import errors
from spa.models import (
    AddOn,
    Resource,
    ScheduleException,
    Service,
    StaffMember,
    WeeklyHours,
)
from spa.selectors.studio import get_calendar
from spa.tests.conftest import Book
from spa.tests.factories import SkillFactory
from spa.tests.ledger import nothing_changes

TODAY = date(2026, 12, 4)
MONDAY = date(2026, 12, 7)


def close_the_place(**_: Any) -> None:
    OpeningHours.objects.all().delete()


def shorten_the_day(**_: Any) -> None:
    OpeningHours.objects.update(opens=time(11))


def declare_a_holiday(**_: Any) -> None:
    Holiday.objects.create(date=MONDAY, name="Puente")


def declare_a_holiday_here(location: Location, **_: Any) -> None:
    Holiday.objects.create(location=location, date=MONDAY, name="Obras")


def give_the_day_off(therapist: StaffMember, **_: Any) -> None:
    ScheduleException.objects.create(staff=therapist, date=MONDAY)


def end_the_contract(**_: Any) -> None:
    WeeklyHours.objects.update(valid_until=date(2026, 12, 6))


def deactivate_the_person(**_: Any) -> None:
    Resource.objects.update(is_active=False)


def stop_taking_visits(**_: Any) -> None:
    StaffMember.objects.update(is_bookable=False)


def move_to_tokyo(**_: Any) -> None:
    Location.objects.update(timezone="Asia/Tokyo")


def demand_a_skill(**_: Any) -> None:
    Service.objects.update(required_skill=SkillFactory.create())


CHANGES = [
    close_the_place,
    shorten_the_day,
    declare_a_holiday,
    declare_a_holiday_here,
    give_the_day_off,
    end_the_contract,
    deactivate_the_person,
    stop_taking_visits,
    move_to_tokyo,
    demand_a_skill,
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_booking_sees_a_change_at_once(
    book: Book, location: Location, therapist: StaffMember, change: Any
) -> None:
    get_calendar(today=TODAY)
    change(location=location, therapist=therapist)

    with pytest.raises(errors.SlotNotOffered), nothing_changes():
        book()


def test_a_service_withdrawn_from_a_place_or_the_catalogue_is_not_offered(
    book: Book, service: Service
) -> None:
    get_calendar(today=TODAY)
    service.locations.clear()

    with pytest.raises(errors.ServicesDoNotCombine):
        book()

    service.delete()
    with pytest.raises(errors.ServiceNotOffered):
        book()


def test_an_addition_that_changes_or_is_withdrawn_is_seen_at_once(
    book: Book, service: Service
) -> None:
    stones = AddOn.objects.create(name="Piedras", price=20_000, extra_minutes=15)
    stones.services.set([service])
    OpeningHours.objects.update(closes=time(12))
    get_calendar(today=TODAY)

    # From ten to a quarter past twelve.
    AddOn.objects.update(extra_minutes=75)
    with pytest.raises(errors.SlotNotOffered):
        book(add_on_ids=[stones.pk])

    stones.services.clear()
    with pytest.raises(errors.AddOnNotOffered):
        book(add_on_ids=[stones.pk])


def test_a_new_skill_is_seen_at_once(book: Book, therapist: StaffMember) -> None:
    skill = SkillFactory.create()
    Service.objects.update(required_skill=skill)
    with pytest.raises(errors.SlotNotOffered):
        book()

    therapist.skills.add(skill)

    assert book().appointment.staff_id == therapist.pk


def test_while_nothing_changes_the_studio_costs_one_query(
    service: Service, therapist: StaffMember, django_assert_num_queries: Any
) -> None:
    first = get_calendar(today=TODAY)

    with django_assert_num_queries(1):
        assert get_calendar(today=TODAY) is first


def test_another_day_needs_another_picture(service: Service) -> None:
    first = get_calendar(today=TODAY)

    assert get_calendar(today=MONDAY) is not first


@pytest.mark.django_db(transaction=True)
def test_a_change_by_another_process_is_seen_by_the_next_booking(book: Book) -> None:
    get_calendar(today=TODAY)
    database = connection.get_connection_params()
    with psycopg.connect(
        host=database["host"],
        port=database.get("port"),
        user=database["user"],
        password=database.get("password"),
        dbname=database["dbname"],
    ) as elsewhere:
        elsewhere.execute("UPDATE spa_service SET price = 200000")

    assert book().appointment.total == Decimal("200000.00")


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_copy_behind(book: Book, service: Service) -> None:
    get_calendar(today=TODAY)

    with transaction.atomic():
        Service.objects.update(price=Decimal(1))
        assert get_calendar(today=TODAY).studio.treatments[service.pk].price == 1
        transaction.set_rollback(True)

    assert book().appointment.total == Decimal("120000.00")


@pytest.mark.django_db(transaction=True)
def test_two_changes_that_follow_a_rollback_are_both_seen(book: Book, service: Service) -> None:
    """A counter would give the second change the number of the one rolled back."""
    for price in (1, 2, 3):
        with transaction.atomic():
            Service.objects.update(price=Decimal(price))
            get_calendar(today=TODAY)
            transaction.set_rollback(True)
        Service.objects.update(price=Decimal(100_000 * price))

        found = get_calendar(today=TODAY).studio.treatments[service.pk]
        assert found.price == 100_000 * price
