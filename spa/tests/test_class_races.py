"""Classes under parallel requests, each on a connection of its own (NA-13, NA-15, NA-18)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from core.models import Location, OutboxMessage
from core.testing import one_by_one, queue, race, rounds
from finances.domain.accounts import Account
from finances.models import CreditLot
from finances.selectors.ledger import verify
from spa import errors
from spa.events import ClassEnrolled, ClassSeatOffered
from spa.models import ClassSession, Enrolment
from spa.selectors.classes import get_session
from spa.services.classes import cancel_session, finish_session, take_attendance
from spa.services.enrolment import Placed, expire_seats
from spa.steps import enrolment
from spa.steps.classes import lock_session
from spa.tests.classes import (
    LATE,
    PRICE,
    a_class,
    assert_seats_agree,
    certain,
    come,
    go,
    pay,
    payment_of,
    status_of,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW
from spa.tests.packages import balance_of
from spa.tests.test_booking_races import names
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
SEATS = 3


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return a_class(location, capacity=SEATS)


@pytest.fixture(autouse=True)
def _books_are_right(transactional_db: None) -> Iterator[None]:
    yield
    assert [finding for finding in verify() if not finding.is_explained] == []


def rivals(session: ClassSession, count: int, **wish: Any) -> list[Any]:
    """As many people who want a seat."""
    return [partial(come, session, person.pk, **wish) for person in UserFactory.create_batch(count)]


def cancel(session: ClassSession, *, now: datetime) -> ClassSession:
    return cancel_session(session_id=session.pk, reason="x", actor_id=uuid4(), now=now)


@pytest.mark.parametrize("people", [8, 24])
def test_na_18_as_many_get_a_seat_as_there_are(yoga: ClassSession, people: int) -> None:
    outcomes = race(rivals(yoga, people))

    assert names(outcomes) == {"Placed": SEATS, "ClassFull": people - SEATS}
    assert ClassSession.objects.get(pk=yoga.pk).seats_taken == SEATS
    assert Enrolment.objects.count() == SEATS


@pytest.fixture
def without_condition(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Read, then write, as systems of this kind often do it: no condition and no CHECK."""

    def take(session: ClassSession, *, now: Any, seats: int = 1) -> bool:
        session = ClassSession.objects.get(pk=session.pk)
        if session.seats_taken + seats > session.capacity:
            return False
        session.seats_taken += seats
        session.save(update_fields=["seats_taken"])
        return True

    monkeypatch.setattr(enrolment, "take_seats", take)
    monkeypatch.setattr("spa.services.enrolment.take_seats", take)
    (guard,) = (c for c in ClassSession._meta.constraints if c.name.endswith("within_capacity"))
    with connection.schema_editor() as editor:
        editor.remove_constraint(ClassSession, guard)
    yield
    Enrolment.objects.all().delete()
    ClassSession.objects.update(seats_taken=0)
    with connection.schema_editor() as editor:
        editor.add_constraint(ClassSession, guard)


def test_control_counted_in_python_the_same_race_oversells(
    without_condition: None, all_read_first: None, location: Location
) -> None:
    session = a_class(location, capacity=SEATS)

    race(rivals(session, 8))

    assert Enrolment.objects.filter(session=session).count() > SEATS


def test_after_the_control_the_database_knows_the_capacity_again(yoga: ClassSession) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_constraint WHERE conname = 'spa_classsession_seats_within_capacity'"
        )

        assert cursor.fetchone() == (1,)


def test_those_who_would_wait_are_seated_or_in_line(yoga: ClassSession) -> None:
    outcomes = race(rivals(yoga, 10, wait=True))

    assert names(outcomes) == {"Placed": 10}
    assert Enrolment.objects.filter(status="waiting").count() == 10 - SEATS
    assert_seats_agree()


def test_one_person_who_comes_eight_times_has_one_place(
    yoga: ClassSession, client_user: Any
) -> None:
    outcomes = race([partial(come, yoga, client_user.pk)] * 8)

    assert names(outcomes) == {"Placed": 1, "AlreadyInClass": 7}
    assert_seats_agree()


def test_na_18_the_last_seat_is_taken_from_who_did_not_pay_by_one_of_many(
    location: Location,
) -> None:
    session = a_class(location, capacity=1)
    unpaid = come(session).enrolment

    outcomes = race(rivals(session, 8, now=LATE))

    assert names(outcomes) == {"Placed": 1, "ClassFull": 7}
    assert status_of(unpaid) == "expired"
    assert_seats_agree()


def test_na_13_leaving_eight_times_at_once_gives_credit_once(yoga: ClassSession) -> None:
    place = certain(yoga)

    outcomes = race([partial(go, place)] * 8)

    assert names(outcomes) == {"Enrolment": 8}
    assert [lot.amount for lot in CreditLot.objects.all()] == [PRICE]
    assert balance_of(Account.DEPOSITS_HELD) == 0
    assert_seats_agree()


def test_na_13_control_without_the_lock_the_same_race_is_seen(
    yoga: ClassSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several then believe that they left it; the ledger alone still pays once."""
    monkeypatch.setattr("spa.services.enrolment.lock_session", get_session)
    place = certain(yoga)

    outcomes = race([partial(go, place)] * 8)

    assert set(names(outcomes)) > {"Enrolment"}
    assert [lot.amount for lot in CreditLot.objects.all()] == [PRICE]


def test_na_15_one_seat_is_offered_to_one_person_however_it_comes_free(
    location: Location,
) -> None:
    session = a_class(location, capacity=1)
    unpaid = come(session).enrolment
    line = [waiting(session) for _ in range(3)]
    sweep = partial(expire_seats, session_id=session.pk, now=LATE)

    outcomes = race([sweep, sweep, sweep, partial(go, unpaid, now=LATE), *rivals(session, 2)])

    assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(
        one, errors.ClassFull | errors.NotInClass
    )]  # fmt: skip
    assert [status_of(place) for place in line] == ["offered", "waiting", "waiting"]
    assert OutboxMessage.objects.filter(topic=ClassSeatOffered.topic).count() == 1
    assert_seats_agree()


@pytest.mark.parametrize("accepts_first", [True, False, None])
def test_na_15_an_offer_accepted_as_it_ends_is_whose_it_is_or_the_next_ones(
    location: Location, accepts_first: bool | None
) -> None:
    """Either may have the class first; where it is left open, who does is chance."""
    for number in rounds(few=1 if accepts_first is not None else 3, many=8):
        session = a_class(location, capacity=1)
        leaving, first, second = certain(session), waiting(session), waiting(session)
        go(leaving)
        end = NOW + timedelta(minutes=60)
        calls: list[Any] = [
            partial(come, session, first.client_id, now=end - timedelta(seconds=1)),
            partial(expire_seats, session_id=session.pk, now=end),
        ]
        if accepts_first is None:
            accepted, ended = _in_order(race(_turned(calls, number)), number)
        else:
            turn = int(not accepts_first)
            behind = partial(lock_session, session_id=session.pk)
            accepted, ended = _in_order(queue(_turned(calls, turn), behind=behind), turn)
            assert isinstance(accepted, Placed) == accepts_first

        if isinstance(accepted, Placed):
            assert (status_of(first), status_of(second)) == ("pending_payment", "waiting")
        else:
            assert isinstance(accepted, errors.ClassFull)
            assert (status_of(first), status_of(second)) == ("expired", "offered")
        assert isinstance(ended, int)
        assert_seats_agree()


def test_na_23_paying_expiring_and_a_rival_at_once_leave_exactly_one_truth(
    location: Location,
) -> None:
    fates = set()
    for number in rounds(few=6, many=30):
        session = a_class(location, capacity=1)
        place = come(session).enrolment
        (rival,) = rivals(session, 1, now=LATE)
        calls = [
            partial(pay, place, now=LATE),
            partial(expire_seats, session_id=session.pk, now=LATE),
            rival,
        ]

        meet = one_by_one if number < 3 else race
        paid, ended, other = _in_order(meet(_turned(calls, number)), number)

        assert paid is None, paid
        assert isinstance(ended, int), ended
        fate = payment_of(place).allocation
        assert status_of(place) == {"accepted": "enrolled", "credited": "expired"}[fate]
        assert isinstance(other, errors.ClassFull if fate == "accepted" else Placed), other
        fates.add(fate)
        assert_seats_agree()

    assert fates == {"accepted", "credited"}


def test_cancelling_beats_or_follows_whatever_happens_at_once(location: Location) -> None:
    """Whoever is first: nobody keeps a place, nobody loses money, everybody is told once."""
    for number in rounds(few=3, many=20):
        session = a_class(location, capacity=4)
        paid, unpaid, leaver = certain(session), come(session).enrolment, certain(session)
        call_off = partial(cancel, session, now=NOW)
        calls = [call_off, call_off, partial(pay, unpaid), partial(go, leaver), *rivals(session, 2)]

        outcomes = race(_turned(calls, number))

        assert not [
            one
            for one in outcomes
            if isinstance(one, Exception)
            and not isinstance(one, errors.ClassCancelled | errors.NotInClass)
        ]
        people = Enrolment.objects.filter(session=session)
        assert set(people.values_list("status", flat=True)) <= {"cancelled", "left"}
        owed = {lot.client_id: lot.remaining for lot in CreditLot.objects.all()}
        for place in (paid, unpaid, leaver):
            assert owed[place.client_id] == PRICE
        told = OutboxMessage.objects.filter(topic="spa.enrolment.cancelled.v1")
        asked = [message.payload["enrolment_id"] for message in told]
        assert len(asked) == len(set(asked))
        assert_seats_agree()
    assert balance_of(Account.DEPOSITS_HELD) == 0


def test_a_class_finished_and_cancelled_at_once_is_one_of_both(location: Location) -> None:
    over = MONDAY_TEN + timedelta(hours=1)
    for number in rounds(few=4, many=20):
        session = a_class(location)
        place = certain(session)
        call_off = partial(cancel, session, now=over)
        finish = partial(finish_session, session_id=session.pk, now=over)

        race(_turned([call_off, finish, finish, call_off], number))

        session.refresh_from_db()
        credit = sum(lot.amount for lot in CreditLot.objects.filter(client_id=place.client_id))
        assert credit == (PRICE if session.status == "cancelled" else 0)
        assert status_of(place) == ("cancelled" if session.status == "cancelled" else "enrolled")
    assert balance_of(Account.DEPOSITS_HELD) == 0


def test_attendance_taken_at_once_is_one_persons(yoga: ClassSession) -> None:
    places = [certain(yoga) for _ in range(SEATS)]
    calls = [
        partial(
            take_attendance,
            session_id=yoga.pk,
            present=[place.client_id],
            actor_id=uuid4(),
            now=MONDAY_TEN,
        )
        for place in places
    ]

    outcomes = race(calls)

    assert names(outcomes) == {"ClassSession": SEATS}
    assert sorted(status_of(place) for place in places) == ["absent", "absent", "attended"]


def test_many_payments_of_many_classes_settle_at_once_without_a_deadlock(
    location: Location,
) -> None:
    sessions = [a_class(location, capacity=6) for _ in range(4)]
    # No two batches share a payment: they would wait for that, and never meet at the classes.
    batches = [[come(session).enrolment for session in sessions] for _ in range(6)]

    outcomes = race([partial(pay, *batch) for batch in batches])

    assert outcomes == [None] * 6
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"enrolled"}
    assert OutboxMessage.objects.filter(topic=ClassEnrolled.topic).count() == 24
    assert_seats_agree()


def _turned(calls: list[Any], number: int) -> list[Any]:
    """Nobody is always the first thread to run."""
    turn = number % len(calls)
    return calls[turn:] + calls[:turn]


def _in_order(outcomes: list[Any], number: int) -> list[Any]:
    """The outcomes as the calls were before `_turned`."""
    turn = number % len(outcomes)
    return outcomes[len(outcomes) - turn :] + outcomes[: len(outcomes) - turn]
