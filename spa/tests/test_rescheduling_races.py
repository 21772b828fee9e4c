"""Many visits on the move at the same instant, and rivals after the time they leave (SPA-11)."""

from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from core.ids import uuid7
from core.models import Location
from core.testing import one_by_one, race, rounds, until_somebody_waits
from spa import errors
from spa.models import Appointment, Occupancy, Service, StaffMember
from spa.steps.occupancy import Claim, Source, occupy
from spa.tests.conftest import Book, local, rule_that
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import count_overlaps
from spa.tests.moves import claimed_by, move, move_now, taken_by
from spa.tests.test_booking_races import names, rivals
from spa.tests.test_cancellation import read_without_lock
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
WALLS = [(10, 0), (11, 15), (12, 30), (15, 0)]


def at(day: int, wall: tuple[int, int]) -> datetime:
    return local(7, *wall) + timedelta(days=day)


def visits_at(certain: Book, *starts: datetime) -> list[Appointment]:
    """A certain visit of somebody new at each start."""
    return [certain(client_id=UserFactory.create().pk, start=start).appointment for start in starts]


def assert_nobody_lost(visits: list[Appointment]) -> None:
    """Each visit has exactly the time it says it has, and nothing overlaps."""
    assert count_overlaps() == 0
    for visit in visits:
        visit.refresh_from_db()
        taken = taken_by(visit)
        assert taken == claimed_by(visit) != set()
        assert min(begins for _, begins, _ in taken) == visit.starts_at


@pytest.mark.parametrize("part", range(4))
def test_na_10_a_hundred_rounds_of_swaps_moves_into_one_slot_and_rivals_for_what_is_freed(
    certain: Book, part: int
) -> None:
    """In the soak twenty-five rounds each.

    Two visits move, into one another or into the same slot, or a quarter of an hour into time the
    other may be leaving; others book what they leave.
    """
    rule_that(horizon_days=365)
    chance = Random(part)
    moved = 0
    for day in rounds(few=5, many=25):
        first, second, free = at(day, WALLS[0]), at(day, WALLS[1]), at(day, WALLS[3])
        one, other = visits = visits_at(certain, first, second)
        quarter = timedelta(minutes=15)
        ways = [(free, first), (second, first), (free, free), (first + quarter, second - quarter)]
        goals = chance.choice(ways) if day else ways[0]
        calls = [partial(move, one, goals[0]), partial(move, other, goals[1])]
        for start in (first, second, free)[: chance.randint(1, 3)]:
            calls += rivals(certain, 1, start=start)

        outcomes = race(calls) if day else one_by_one(calls)

        assert set(names(outcomes)) <= {"Appointment", "Booked", "SlotTaken"}, outcomes
        assert_nobody_lost(visits)
        moved += sum(isinstance(outcome, Appointment) for outcome in outcomes)
    assert moved > 0
    assert Occupancy.objects.count() == Appointment.objects.count()


def test_two_who_swap_both_stay_where_they_are(certain: Book) -> None:
    for day in rounds(few=2, many=5):
        starts = at(day, WALLS[0]), at(day, WALLS[3])
        one, other = visits = visits_at(certain, *starts)

        outcomes = race([partial(move, one, starts[1]), partial(move, other, starts[0])])

        assert names(outcomes) == {"SlotTaken": 2}, outcomes
        assert_nobody_lost(visits)
        assert (one.starts_at, other.starts_at) == starts


def test_of_many_who_move_into_one_slot_one_wins_and_the_others_keep_theirs(
    certain: Book, location: Location
) -> None:
    StaffFactory.create_batch(3, location=location)
    RoomFactory.create_batch(4, location=location)
    Service.objects.update(required_room="CABIN")
    for day in rounds(few=2, many=20):
        start = at(day, WALLS[0])
        visits = visits_at(certain, *[start] * 4)
        goal = at(day, WALLS[3])
        visits_at(certain, *[goal] * 3)

        outcomes = race([partial(move, visit, goal) for visit in visits])

        assert names(outcomes) == {"Appointment": 1, "SlotTaken": 3}, outcomes
        assert_nobody_lost(visits)


def test_neighbours_who_shuffle_a_little_never_end_in_a_deadlock(
    certain: Book, location: Location
) -> None:
    """Everybody's old time is in somebody's new time: all that can wait for each other."""
    StaffFactory.create(location=location)
    RoomFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")
    chance = Random(11)
    for day in rounds(few=3, many=20):
        starts = [at(day, wall) for wall in WALLS[:3]] * 2
        visits = visits_at(certain, *starts)
        quarters = [timedelta(minutes=15 * chance.choice([-2, -1, 1, 2])) for _ in visits]
        goals = zip(visits, starts, quarters, strict=True)

        outcomes = race([partial(move, visit, start + by) for visit, start, by in goals])

        assert set(names(outcomes)) <= {"Appointment", "SlotTaken"}, outcomes
        assert_nobody_lost(visits)


def be_patient(*, deadlock: str) -> None:
    """How long this transaction waits before it looks for a circle, and before it gives up."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL deadlock_timeout = '{deadlock}'")
        cursor.execute("SET LOCAL lock_timeout = '30s'")


def test_a_move_that_waits_in_a_circle_gives_its_old_time_back_and_starts_again(
    certain: Book, therapist: StaffMember
) -> None:
    start = at(0, WALLS[0])
    (visit,) = visits_at(certain, start)
    has_half = Event()

    def occupy_from(begins: datetime) -> frozenset[Claim]:
        claim = Claim(therapist.resource_id, begins, begins + timedelta(minutes=10))
        return occupy(source=Source("test", uuid7()), claims=[claim], hold_expires_at=None)

    def rival() -> bool:
        """Takes the end of where the visit goes, then wants the begin of where it was."""
        with transaction.atomic():
            be_patient(deadlock="30s")
            assert not occupy_from(start + timedelta(minutes=75))
            has_half.set()
            until_somebody_waits()
            return not occupy_from(start)

    def moving() -> Appointment:
        assert has_half.wait(10)
        with transaction.atomic():
            # PostgreSQL looks for a circle once, this long after the wait began: it must be closed.
            be_patient(deadlock="1s")
            return move_now(visit, start + timedelta(minutes=15))

    has_all, lost = race([rival, moving])

    assert has_all is False
    assert isinstance(lost, errors.SlotTaken), lost
    assert_nobody_lost([visit])
    assert visit.starts_at == start


def test_one_visit_that_is_moved_many_times_at_once_is_moved_twice(certain: Book) -> None:
    (visit,) = visits_at(certain, at(0, WALLS[0]))
    goals = [at(day, WALLS[3]) for day in range(1, 7)]

    outcomes = race([partial(move, visit, goal) for goal in goals])

    assert names(outcomes) == {"Appointment": 2, "MovesUsedUp": 4}, outcomes
    assert_nobody_lost([visit])
    assert visit.reschedules == 2


def test_control_without_the_visits_lock_the_same_race_moves_it_more_often(
    certain: Book, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.rescheduling.lock_visit", read_without_lock)
    (visit,) = visits_at(certain, at(0, WALLS[0]))
    goals = [at(day, WALLS[3]) for day in range(1, 7)]

    outcomes = race([partial(move, visit, goal) for goal in goals])

    assert names(outcomes)["Appointment"] > 2, outcomes


def test_a_move_lost_to_a_rival_keeps_its_very_rows_and_hears_what_is_free_now(
    certain: Book, therapist: StaffMember
) -> None:
    goal = at(0, (11, 30))
    (visit,) = visits_at(certain, at(0, WALLS[0]))
    before = list(Occupancy.objects.values())
    has_it = Event()

    def rival() -> bool:
        claim = Claim(therapist.resource_id, goal, goal + timedelta(minutes=70))
        with transaction.atomic():
            missing = occupy(source=Source("test", uuid7()), claims=[claim], hold_expires_at=None)
            has_it.set()
            until_somebody_waits()
        return not missing

    def moving() -> tuple[list[str], list[Any]]:
        assert has_it.wait(10)
        with transaction.atomic():
            with pytest.raises(errors.SlotTaken) as lost:
                move_now(visit, goal)
            starts = [row["start"][11:16] for row in lost.value.facts["alternatives"]]
            return starts, list(Occupancy.objects.filter(source_id=visit.pk).values())

    has_all, (starts, after) = race([rival, moving])

    assert has_all
    assert after == before
    # Its own time is free for it to begin a little later.
    assert "11:30" not in starts
    assert "10:15" in starts


def test_control_without_the_constraint_moves_and_bookings_overlap(
    without_guard: None, all_read_first: None, certain: Book
) -> None:
    one, other = visits_at(certain, at(0, WALLS[0]), at(0, WALLS[1]))
    free = at(0, WALLS[3])
    calls: list[Any] = [partial(move, one, free), partial(move, other, free)]

    race(calls + rivals(certain, 2, start=free))

    assert count_overlaps() > 0
