"""Who serves a client who asked for nobody: fair, and decided with the time (NA-19)."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import Location
from core.testing import race
from spa.models import ClientRecord, Service, StaffMember
from spa.selectors.availability import Wish, ask, find_free
from spa.steps.occupancy import Claim, Source, occupy
from spa.steps.taking import take_time
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.test_booking_races import rivals
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def team(location: Location, therapist: StaffMember) -> list[StaffMember]:
    """Four who can all do the same."""
    return [therapist, *StaffFactory.create_batch(3, location=location)]


def served_by(book: Book, **changes: Any) -> UUID:
    """Who serves a new client."""
    staff_id: UUID = book(client_id=UserFactory.create().pk, **changes).appointment.staff_id
    return staff_id


def test_na_19_sixty_bookings_over_four_people_differ_by_one_at_most(
    book: Book, team: list[StaffMember]
) -> None:
    walls = [(9, 0), (10, 15), (11, 30), (12, 45), (14, 0), (15, 15)]

    served = Counter(
        served_by(book, start=local(day, *wall)) for day in range(7, 17) for wall in walls
    )

    assert set(served) == {member.pk for member in team}
    assert max(served.values()) - min(served.values()) <= 1


def test_na_19_one_booking_a_week_does_not_fall_to_the_same_one_of_seven(
    book: Book, location: Location, team: list[StaffMember]
) -> None:
    StaffFactory.create_batch(3, location=location)

    served = [served_by(book, start=MONDAY_TEN + timedelta(weeks=week)) for week in range(7)]

    assert len(set(served)) == 7


def test_na_19_days_booked_in_any_order_share_the_work(book: Book, team: list[StaffMember]) -> None:
    days = [20, 8, 15, 9, 30, 7, 22, 11]

    served = Counter(served_by(book, start=local(day, 10)) for day in days)

    assert set(served.values()) == {2}


@pytest.mark.django_db(transaction=True)
def test_na_19_rivals_in_parallel_are_spread_over_everybody(
    book: Book, team: list[StaffMember]
) -> None:
    outcomes = race(rivals(book, 4))

    assert {outcome.appointment.staff_id for outcome in outcomes} == {m.pk for m in team}


def test_whoever_a_client_asked_for_serves_them_again_if_free(
    certain: Book, team: list[StaffMember], client_user: User
) -> None:
    favourite = team[2]
    again = partial(certain, is_vip=True)
    again(staff_id=favourite.pk)
    others = [served_by(certain, start=local(day, 10)) for day in (8, 9)]

    # Though it is somebody else's turn, and they already have the most to do that day.
    assert again(start=local(7, 14)).appointment.staff_id == favourite.pk
    assert favourite.pk not in others
    # Busy with somebody else, they are no obstacle.
    served_by(certain, start=local(9, 14), staff_id=favourite.pk)
    assert again(start=local(9, 14)).appointment.staff_id != favourite.pk
    assert ClientRecord.objects.get(client_id=client_user.pk).preferred_staff_id == favourite.pk


def test_only_who_was_asked_for_by_name_is_remembered(
    certain: Book, team: list[StaffMember], client_user: User
) -> None:
    again = partial(certain, is_vip=True)

    again()
    assert not ClientRecord.objects.exists()
    again(start=local(8, 10), staff_id=team[1].pk)
    again(start=local(9, 10), staff_id=team[3].pk)

    assert ClientRecord.objects.get().preferred_staff_id == team[3].pk


def test_whom_a_client_likes_is_read_only_when_there_is_a_choice(
    certain: Book, therapist: StaffMember, location: Location
) -> None:
    def reads(**changes: Any) -> int:
        with CaptureQueriesContext(connection) as asked:
            certain(is_vip=True, **changes)
        return sum('FROM "spa_clientrecord"' in query["sql"] for query in asked)

    assert reads(start=local(7, 10)) == 0
    StaffFactory.create(location=location)
    assert reads(start=local(8, 10), staff_id=therapist.pk) == 0
    assert reads(start=local(9, 10)) == 1


def test_the_preferred_one_takes_part_in_a_visit_for_two(
    certain: Book, service: Service, team: list[StaffMember]
) -> None:
    favourite = team[3]
    again = partial(certain, is_vip=True)
    again(staff_id=favourite.pk)

    couple = again(start=local(8, 10), guests=[Wish([service.pk])])

    assert couple.appointment.staff_id == favourite.pk
    assert len({item.staff_id for item in couple.items}) == 2


def test_who_lost_somebody_does_not_try_them_with_every_room(
    service: Service, team: list[StaffMember], location: Location
) -> None:
    """What was read may be stale: then each of four is tried once, and not with each of five."""
    RoomFactory.create_batch(5, location=location)
    Service.objects.update(required_room="CABIN")
    question = ask(service_ids=[service.pk], location_id=None, staff_id=None, now=NOW)
    day = MONDAY_TEN.date()
    free = find_free(question, first_day=day, last_day=day, now=NOW)
    hour = (MONDAY_TEN, MONDAY_TEN + timedelta(hours=1))
    claims = [Claim(member.resource_id, *hour) for member in team]

    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        occupy(source=Source("test", uuid4()), claims=claims, hold_expires_at=None)
        source = Source("test", uuid4())
        crew = take_time(
            question, free, source=source, start=MONDAY_TEN, hold_expires_at=None, now=NOW
        )

    assert crew is None
    assert sum("INSERT INTO spa_occupancy" in query["sql"] for query in asked) == 1 + len(team)
