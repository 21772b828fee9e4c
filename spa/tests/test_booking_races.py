"""Many people at the same instant, each on a connection of their own (SPA-05, SPA-17)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ids import uuid7
from core.models import Location
from core.testing import race, rounds, until_somebody_waits
from spa import errors
from spa.models import NO_OVERLAP, Appointment, Occupancy, Service
from spa.steps.booking import Booked
from spa.steps.occupancy import Claim, Source, occupy
from spa.steps.winning import win
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import count_overlaps, traces
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def rivals(book: Book, count: int, **changes: Any) -> list[Any]:
    """The same booking by as many people."""
    return [partial(book, client_id=p.pk, **changes) for p in UserFactory.create_batch(count)]


def names(outcomes: list[Any]) -> dict[str, int]:
    """How many outcomes there are of each type."""
    found: dict[str, int] = {}
    for outcome in outcomes:
        name = type(outcome).__name__
        found[name] = found.get(name, 0) + 1
    return found


@pytest.mark.parametrize("count", [8, 32])
def test_rivals_for_one_slot_have_one_winner_and_the_others_get_three_free_starts(
    book: Book, count: int
) -> None:
    outcomes = race(rivals(book, count))

    assert names(outcomes) == {"Booked": 1, "SlotTaken": count - 1}
    assert Appointment.objects.count() == Occupancy.objects.count() == 1
    assert len(traces()["finances_payment"]) == 1
    losers = [outcome for outcome in outcomes if isinstance(outcome, errors.SlotTaken)]
    for loser in losers:
        starts = [alternative["start"] for alternative in loser.facts["alternatives"]]
        assert starts == [f"2026-12-07T{wall}:00-05:00" for wall in ("11:15", "11:30", "11:45")]
    # Really free: the one in the middle can be had, with the person who was named for it.
    offered = losers[0].facts["alternatives"][1]
    taken = book(
        client_id=UserFactory.create().pk,
        start=local(7, 11, 30),
        staff_id=UUID(offered["staff"]),
    )
    assert taken.appointment.status == "pending_payment"


def test_many_rivals_over_people_and_rooms_never_overlap_and_never_deadlock(
    book: Book, location: Location
) -> None:
    StaffFactory.create(location=location)
    RoomFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")
    chance = Random(7)
    starts = [local(7, 9 + quarter // 4, quarter % 4 * 15) for quarter in range(24)]

    for _ in rounds(few=2, many=20):
        calls = rivals(book, 16)
        outcomes = race([partial(call, start=chance.choice(starts)) for call in calls])

        assert set(names(outcomes)) <= {"Booked", "SlotTaken"}
        assert count_overlaps() == 0
    assert Occupancy.objects.count() == 2 * Appointment.objects.count() > 0


def test_crews_that_share_people_or_rooms_in_opposite_orders_never_deadlock(
    book: Book, location: Location, therapist: Any
) -> None:
    """Some take the first room, some the first person: who loses half must not keep it."""
    RoomFactory.create_batch(3, location=location)
    StaffFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")

    for day in rounds(few=2, many=6, first=7):
        calls = [
            partial(call, start=local(day, 10, minute), staff_id=staff_id)
            for call, minute, staff_id in zip(
                rivals(book, 12), [0, 15, 30] * 4, [None, therapist.pk, None] * 4, strict=True
            )
        ]
        outcomes = race(calls)

        assert set(names(outcomes)) <= {"Booked", "SlotTaken"}, outcomes
        assert names(outcomes)["Booked"] == 3
    assert count_overlaps() == 0


def test_who_wins_only_half_gives_it_back_before_going_on(location: Location) -> None:
    """Otherwise a rival waits for the half, holding what this transaction wants next."""
    low, middle, high = sorted(room.pk for room in RoomFactory.create_batch(3, location=location))

    def claims(*resources: UUID) -> list[Claim]:
        return [Claim(resource, local(7, 10), local(7, 11)) for resource in resources]

    def claim(*resources: UUID) -> frozenset[Claim]:
        source = Source("test", uuid7())
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '3s'")
            return win(source=source, claims=claims(*resources), hold_expires_at=None, now=NOW)

    claim(high)
    with transaction.atomic():
        lost = win(
            source=Source("test", uuid7()),
            claims=claims(middle, high),
            hold_expires_at=None,
            now=NOW,
        )
        (rival,) = race([partial(claim, low, middle)])

    assert {claim.resource_id for claim in lost} == {high}
    assert rival == frozenset()
    assert Occupancy.objects.count() == 3


def test_who_waits_in_a_circle_starts_again_and_the_other_goes_on(location: Location) -> None:
    low, high = sorted(room.pk for room in RoomFactory.create_batch(2, location=location))
    high_is_taken = Event()

    def claim(*resources: UUID, patience: str) -> Callable[[], frozenset[Claim]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL deadlock_timeout = '{patience}'")
        source = Source("test", uuid7())
        claims = [Claim(resource, local(7, 10), local(7, 11)) for resource in resources]
        return partial(win, source=source, claims=claims, hold_expires_at=None, now=NOW)

    def in_order() -> frozenset[Claim]:
        assert high_is_taken.wait(10)
        with transaction.atomic():
            # PostgreSQL looks for a circle once, this long after the wait began: it must be closed.
            return claim(low, high, patience="1s")()

    def out_of_order() -> frozenset[Claim]:
        with transaction.atomic():
            assert not claim(high, patience="30s")()
            high_is_taken.set()
            until_somebody_waits()
            return claim(low, patience="30s")()

    outcomes = race([in_order, out_of_order])

    assert [{claim.resource_id for claim in lost} for lost in outcomes] == [{low, high}, set()]
    assert Occupancy.objects.count() == 2


def test_claims_are_taken_in_one_order_whatever_order_they_come_in(location: Location) -> None:
    """The one in the middle is held until both have come as far as they can."""
    low, middle, high = sorted(room.pk for room in RoomFactory.create_batch(3, location=location))
    held = Event()

    def take(*resources: UUID) -> int:
        claims = [Claim(resource, local(7, 10), local(7, 11)) for resource in resources]
        return len(occupy(source=Source("test", uuid7()), claims=claims, hold_expires_at=None))

    def holding() -> int:
        with transaction.atomic():
            lost = take(middle)
            held.set()
            until_somebody_waits(2)
            return lost

    def rival(*resources: UUID) -> int:
        assert held.wait(10)
        with transaction.atomic():
            return take(*resources)

    rivals = [partial(rival, low, middle, high), partial(rival, high, middle, low)]
    assert sorted(race([holding, *rivals])) == [0, 1, 3]


def test_who_waits_too_long_for_a_rival_does_not_begin_again(location: Location) -> None:
    rooms = [room.pk for room in RoomFactory.create_batch(2, location=location)]
    claims = [Claim(resource, local(7, 10), local(7, 11)) for resource in rooms]

    @transaction.atomic
    def claim() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        win(source=Source("test", uuid7()), claims=claims, hold_expires_at=None, now=NOW)

    def impatient() -> int:
        with CaptureQueriesContext(connection) as asked, pytest.raises(OperationalError):
            claim()
        return sum("INSERT INTO spa_occupancy" in query["sql"] for query in asked)

    with transaction.atomic():
        occupy(source=Source("test", uuid7()), claims=claims, hold_expires_at=None)
        tries = race([impatient])

    assert tries == [1]


def test_an_ended_hold_that_is_being_paid_is_taken_and_nobody_waits_for_it(book: Book) -> None:
    held = book().appointment
    locked, done = Event(), Event()

    def paying() -> None:
        with transaction.atomic():
            Appointment.objects.select_for_update(no_key=True).get(pk=held.pk)
            locked.set()
            assert done.wait(10)

    def booking() -> Booked:
        assert locked.wait(10)
        try:
            return book(client_id=rival.pk, now=NOW + timedelta(minutes=30))
        finally:
            done.set()

    rival = UserFactory.create()
    _, refused = race([paying, booking])

    assert isinstance(refused, errors.SlotTaken)
    # Its own start still looks free, but is not to be had.
    starts = [alternative["start"][11:16] for alternative in refused.facts["alternatives"]]
    assert "10:00" not in starts
    assert len(starts) == 3
    assert Appointment.objects.get().status == "pending_payment"


def test_two_who_need_the_same_pair_with_an_ended_hold_in_the_way_never_deadlock(
    book: Book, location: Location
) -> None:
    StaffFactory.create(location=location)
    room = RoomFactory.create(location=location)
    Service.objects.update(required_room="CABIN")

    for day in range(7, 17):
        now = NOW + timedelta(hours=2 * day)
        book(client_id=UserFactory.create().pk, start=local(day, 10), now=now)
        later = now + timedelta(minutes=30)
        outcomes = race(rivals(book, 6, start=local(day, 10), now=later))

        assert names(outcomes) == {"Booked": 1, "SlotTaken": 5}, outcomes
    assert count_overlaps() == 0
    assert Occupancy.objects.filter(resource=room).count() == 10


@pytest.mark.parametrize(("clients", "winners"), [(2, 2), (3, 2)])
def test_na_19_with_anybody_as_many_win_as_there_are_people(
    book: Book, location: Location, clients: int, winners: int
) -> None:
    StaffFactory.create(location=location)

    outcomes = race(rivals(book, clients))

    lost = clients - winners
    assert names(outcomes) == {"Booked": winners} | ({"SlotTaken": lost} if lost else {})
    staff = Appointment.objects.values_list("staff_id", flat=True)
    assert len(set(staff)) == winners


def test_na_19_the_last_of_many_people_and_rooms_is_found_too(
    book: Book, location: Location
) -> None:
    StaffFactory.create_batch(9, location=location)
    RoomFactory.create_batch(10, location=location)
    Service.objects.update(required_room="CABIN")

    outcomes = race(rivals(book, 12))

    assert names(outcomes) == {"Booked": 10, "SlotTaken": 2}
    assert count_overlaps() == 0


def test_control_without_the_constraint_the_same_race_books_twice(
    without_guard: None, all_read_first: None, book: Book
) -> None:
    race(rivals(book, 8, start=local(7, 10)))

    assert count_overlaps() > 0


def test_after_the_control_the_constraint_is_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [NO_OVERLAP])

        assert cursor.fetchone() == (1,)


def test_one_persons_parallel_bookings_never_exceed_the_open_holds(
    book: Book, location: Location
) -> None:
    StaffFactory.create_batch(7, location=location)

    outcomes = race([book] * 8)

    assert names(outcomes) == {"Booked": 3, "OpenHoldsLimitReached": 5}
    assert Appointment.objects.count() == 3


def test_one_persons_parallel_bookings_never_exceed_the_active_limit(
    book: Book, location: Location
) -> None:
    StaffFactory.create_batch(5, location=location)
    Service.objects.update(deposit_percent=0)

    assert names(race([book] * 6)) == {"Booked": 1, "ActiveLimitReached": 5}
    assert names(race([partial(book, is_vip=True)] * 6)) == {"Booked": 3, "ActiveLimitReached": 3}
    assert Appointment.objects.count() == Occupancy.objects.count() == 4


def test_one_persons_parallel_bookings_never_exceed_the_hourly_limit(
    book: Book, location: Location
) -> None:
    StaffFactory.create_batch(7, location=location)
    rule_that(open_holds_limit=100)

    outcomes = race([book] * 8)

    assert names(outcomes) == {"Booked": 5, "HourlyLimitReached": 3}


def test_two_people_who_each_win_get_whole_visits(book: Book) -> None:
    calls = rivals(book, 2)

    outcomes = race([calls[0], partial(calls[1], start=local(7, 14))])

    assert all(isinstance(outcome, Booked) for outcome in outcomes)
    assert {o.appointment.starts_at for o in outcomes} == {MONDAY_TEN, local(7, 14)}
    assert all(o.appointment.booked_at == NOW for o in outcomes)
