"""Rivals for lanes, people and rooms, each on a connection of their own (SPA-16)."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction

from core.ids import uuid7
from core.models import Location
from core.testing import race, rounds
from spa.models import Appointment, Occupancy, Resource, Service, StaffMember
from spa.selectors.availability import Wish
from spa.steps.occupancy import Claim, Source, occupy
from spa.tests.conftest import Book, local
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import count_overlaps
from spa.tests.test_booking_races import names, rivals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def low_supervision(service: Service, therapist: StaffMember) -> Resource:
    """One person who may look after three clients at once."""
    Service.objects.update(is_low_supervision=True)
    Resource.objects.filter(pk=therapist.resource_id).update(capacity=3)
    return Resource.objects.get(pk=therapist.resource_id)


@pytest.fixture
def couples(book: Book, service: Service, location: Location) -> Book:
    """Book for two, where there are two people and two cabins."""
    StaffFactory.create(location=location)
    RoomFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")
    return partial(book, guests=[Wish([service.pk])])


@pytest.mark.parametrize("count", [4, 12])
def test_na_11_as_many_rivals_win_as_one_person_may_look_after(
    book: Book, low_supervision: Resource, count: int
) -> None:
    outcomes = race(rivals(book, count))

    assert names(outcomes) == {"Booked": 3, "SlotTaken": count - 3}
    lanes = Occupancy.objects.filter(resource=low_supervision).values_list("lanes", flat=True)
    assert sorted((lane.lower, lane.upper) for lane in lanes) == [(0, 1), (1, 2), (2, 3)]


def test_na_11_rivals_who_only_overlap_count_like_those_who_start_together(
    book: Book, low_supervision: Resource
) -> None:
    for day in rounds(few=2, many=5, first=7):
        starts = [local(day, 10, minute) for minute in (0, 15, 30, 45)] * 3

        outcomes = race(
            [
                partial(call, start=start)
                for call, start in zip(rivals(book, 12), starts, strict=True)
            ]
        )

        # All of them overlap at a quarter to eleven: three at once, whoever they are.
        assert names(outcomes) == {"Booked": 3, "SlotTaken": 9}, outcomes
    assert count_overlaps() == 0


def test_the_ledger_says_which_lane_is_lost_and_lets_one_end_as_the_next_begins(
    low_supervision: Resource,
) -> None:
    def take(*claims: Claim) -> frozenset[Claim]:
        with transaction.atomic():
            return occupy(source=Source("test", uuid7()), claims=claims, hold_expires_at=None)

    first, second = (
        Claim(low_supervision.pk, local(7, 10), local(7, 11), lane) for lane in range(2)
    )
    next_hour = Claim(low_supervision.pk, local(7, 11), local(7, 12))

    assert take(first) == set()
    assert take(first, second) == {first}
    assert take(next_hour) == set()


def test_a_shared_room_takes_as_many_as_it_holds(book: Book, location: Location) -> None:
    StaffFactory.create_batch(7, location=location)
    room = RoomFactory.create(location=location, capacity=4)
    Service.objects.update(required_room="CABIN", shares_room=True)

    outcomes = race(rivals(book, 8))

    assert names(outcomes) == {"Booked": 4, "SlotTaken": 4}
    assert Occupancy.objects.filter(resource=room).count() == 4
    assert count_overlaps() == 0


def test_who_wants_all_of_somebody_and_who_shares_never_have_them_together(
    book: Book, service: Service, low_supervision: Resource, location: Location
) -> None:
    alone = Service.objects.create(
        name="Masaje", category=service.category, duration_minutes=60, price=120_000
    )
    alone.locations.set([location])

    for day in rounds(few=2, many=6, first=7):
        calls = rivals(book, 8, start=local(day, 10))
        outcomes = race(
            [*calls[:4], *(partial(call, service_ids=[alone.pk]) for call in calls[4:])]
        )

        booked = [o.appointment for o in outcomes if type(o).__name__ == "Booked"]
        kinds = {visit.items.get().service_id for visit in booked}
        assert len(kinds) == 1, outcomes
        assert len(booked) == (1 if kinds == {alone.pk} else 3)
    assert count_overlaps() == 0


def test_control_without_the_constraint_more_come_than_one_person_may_look_after(
    without_guard: None, all_read_first: None, book: Book, low_supervision: Resource
) -> None:
    race(rivals(book, 8, start=local(7, 10)))

    assert count_overlaps() > 0


@pytest.mark.parametrize("count", [2, 8])
def test_rivals_for_a_couple_have_one_winner_and_nobody_gets_half(
    couples: Book, count: int
) -> None:
    for day in rounds(few=2, many=6, first=7):
        outcomes = race(rivals(couples, count, start=local(day, 10)))

        assert names(outcomes) == {"Booked": 1, "SlotTaken": count - 1}, outcomes
    for visit in Appointment.objects.all():
        items = list(visit.items.order_by("chain"))
        assert [item.chain for item in items] == [0, 1]
        assert len({item.staff_id for item in items}) == len({item.room_id for item in items}) == 2
        assert Occupancy.objects.filter(source_id=visit.pk).count() == 4
    assert Occupancy.objects.count() == 4 * Appointment.objects.count()
    assert count_overlaps() == 0


def test_couples_and_single_clients_in_every_order_never_deadlock(
    couples: Book, book: Book, location: Location
) -> None:
    StaffFactory.create(location=location)
    RoomFactory.create(location=location)

    for day in rounds(few=2, many=5, first=7):
        starts = [local(day, 10, minute) for minute in (0, 30, 0, 45, 15, 0)] * 2
        pairs = zip(rivals(couples, 6) + rivals(book, 6), starts, strict=True)

        outcomes = race([partial(call, start=start) for call, start in pairs])

        assert set(names(outcomes)) == {"Booked", "SlotTaken"}, outcomes
        # Three people at ten to eleven: a couple and one, or three; never a couple by half.
        guests = [_people(outcome) for outcome in outcomes if type(outcome).__name__ == "Booked"]
        assert sum(guests) in {2, 3}, outcomes
    assert count_overlaps() == 0


def _people(booked: Any) -> int:
    return len({item.chain for item in booked.items})


def test_control_without_the_constraint_couples_are_given_the_same_people(
    without_guard: None, all_read_first: None, couples: Book
) -> None:
    race(rivals(couples, 6, start=local(7, 10)))

    assert count_overlaps() > 0
