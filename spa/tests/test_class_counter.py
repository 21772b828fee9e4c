"""Seats paid at the desk, places of the banned, and time that classes give back."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from core.models import Location, OutboxMessage
from core.testing import deliver_outbox, race, until_somebody_waits
from finances import errors as money
from finances.domain.accounts import Account
from finances.models import CounterPayment
from finances.selectors.ledger import get_credit, verify
from spa import errors
from spa.domain.classes import EnrolmentStatus
from spa.events import ClassEnrolled, TimeFreed
from spa.models import ClassSession, Enrolment
from spa.selectors.classes import get_session
from spa.services.class_counter import take_class_payment
from spa.services.classes import cancel_session, substitute_instructor
from spa.services.enrolment import expire_seats
from spa.steps.classes import lock_session
from spa.steps.enrolment import move
from spa.steps.leaving import end_places_ahead
from spa.tests.classes import (
    LATE,
    PRICE,
    a_class,
    answers,
    arrived,
    assert_seats_agree,
    certain,
    come,
    go,
    pay,
    payment_of,
    rich,
    status_of,
    teacher,
    waiting,
)
from spa.tests.conftest import NOW, rule_that
from spa.tests.ledger import nothing_changes
from spa.tests.packages import balance_of
from spa.tests.test_booking_races import names
from users.steps.bans import ban, lift_ban
from users.steps.locks import lock_person
from users.tests.factories import UserFactory


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return a_class(location)


@pytest.fixture(autouse=True)
def _books_are_right(db: None) -> Iterator[None]:
    yield
    assert [finding for finding in verify() if not finding.is_explained] == []


def take(place: Enrolment, *, method: str = "cash", now: Any = NOW) -> Enrolment:
    return take_class_payment(
        session_id=place.session_id,
        client_id=place.client_id,
        method=method,
        actor_id=UserFactory.create(staff=True).pk,
        now=now,
    )


def told(topic: str) -> int:
    return OutboxMessage.objects.filter(topic=topic).count()


# --- the desk


def test_a_seat_that_is_paid_at_the_desk_is_certain(yoga: ClassSession) -> None:
    place = come(yoga).enrolment

    take(place, method="card")

    place.refresh_from_db()
    assert (place.status, place.paid, place.hold_expires_at) == ("enrolled", PRICE, None)
    taken = CounterPayment.objects.get()
    assert (taken.kind, taken.amount, taken.method) == ("class", PRICE, "card")
    assert balance_of(Account.DEPOSITS_HELD, place.client_id) == PRICE
    assert payment_of(place).status == "expired"
    assert told(ClassEnrolled.topic) == 1


def test_credit_pays_its_part_at_the_desk_too(yoga: ClassSession, client_user: Any) -> None:
    rich(client_user.pk, "15000.00")
    place = come(yoga, client_user.pk, use_credit=True).enrolment

    take(place)

    place.refresh_from_db()
    assert (place.status, place.paid, place.credit_used) == ("enrolled", PRICE, 15_000)
    assert CounterPayment.objects.get().amount == 25_000
    assert get_credit(client_id=client_user.pk, currency="COP") == 0


def test_money_that_also_comes_online_is_credit(yoga: ClassSession) -> None:
    place = come(yoga).enrolment
    take(place)

    pay(place)

    assert payment_of(place).allocation == "credited"
    assert get_credit(client_id=place.client_id, currency="COP") == PRICE


def test_a_seat_that_waits_for_no_money_takes_none(location: Location) -> None:
    single = a_class(location, capacity=1)
    for place in (certain(single), waiting(single)):
        with pytest.raises(errors.SeatNotPayable), nothing_changes():
            take(place)
    with pytest.raises(errors.NotInClass), nothing_changes():
        take(Enrolment(session=single, client=UserFactory.create()))
    assert not CounterPayment.objects.exists()


def test_a_way_to_pay_that_nobody_knows_is_refused(yoga: ClassSession) -> None:
    place = come(yoga).enrolment

    with pytest.raises(money.CounterMethodUnknown), nothing_changes():
        take(place, method="shells")
    assert status_of(place) == "pending_payment"


def four_take(session: ClassSession) -> dict[str, int]:
    """Four of the desk take the money for one seat: what came of it."""
    place = come(session).enrolment
    return names(race([partial(take, place)] * 4))


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_several_take_money_for_is_paid_once(yoga: ClassSession) -> None:
    assert four_take(yoga) == {"Enrolment": 1, "SeatNotPayable": 3}

    assert CounterPayment.objects.count() == 1
    assert balance_of(Account.DEPOSITS_HELD) == PRICE


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_paid_twice(
    location: Location, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.class_counter.lock_session", get_session)

    four_take(a_class(location))

    assert balance_of(Account.DEPOSITS_HELD) > sum(Enrolment.objects.values_list("paid", flat=True))


# --- the banned


def ban_now(person: Any) -> None:
    with transaction.atomic():
        ban(person_id=person, reason="faltas", actor_id=None, is_automatic=False, now=NOW)


def test_who_is_banned_loses_places_ahead_by_their_terms(
    location: Location, client_user: Any
) -> None:
    rule_that(late_cancellation_credit_percent=0)
    early, unpaid = a_class(location), a_class(location)
    begun = a_class(location)
    for session in (early, begun):
        pay(come(session, client_user.pk).enrolment)
    come(unpaid, client_user.pk)
    ClassSession.objects.filter(pk=begun.pk).update(starts_at=NOW - timedelta(minutes=1))
    other = certain(early)

    ban_now(client_user.pk)
    deliver_outbox()

    stand = dict(Enrolment.objects.filter(client=client_user).values_list("session", "status"))
    assert stand == {early.pk: "left", unpaid.pk: "left", begun.pk: "enrolled"}
    assert get_credit(client_id=client_user.pk, currency="COP") == PRICE
    assert status_of(other) == "enrolled"
    assert_seats_agree()


def test_who_is_welcome_again_before_anybody_looked_keeps_their_place(
    yoga: ClassSession, client_user: Any
) -> None:
    place = come(yoga, client_user.pk).enrolment
    ban_now(client_user.pk)
    with transaction.atomic():
        lift_ban(person_id=client_user.pk, actor_id=client_user.pk, reason="error", now=NOW)

    deliver_outbox()

    assert status_of(place) == "pending_payment"


def certain_of(person: Any, session: ClassSession) -> Enrolment:
    place = come(session, person.pk).enrolment
    pay(place)
    return place


def end_places(client_id: UUID) -> int:
    """What a ban does to somebody's places."""
    with transaction.atomic():
        lock_person(person_id=client_id)
        return end_places_ahead(client_id=client_id, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_na_13_bans_leaving_and_paying_at_once_give_each_peso_back_once(
    location: Location,
) -> None:
    for _ in range(2):
        sessions = [a_class(location, capacity=9) for _ in range(3)]
        paid = [certain(session) for session in sessions]
        people = [place.client_id for place in paid]
        unpaid = [
            come(session, person).enrolment
            for session in sessions
            for person in people
            if not Enrolment.objects.filter(session=session, client_id=person).exists()
        ]

        bans = [partial(end_places, person) for person in people]
        outcomes = race([*bans, partial(go, paid[0]), partial(pay, *unpaid)])

        assert [one for one in outcomes if isinstance(one, Exception)] == []
        assert set(Enrolment.objects.values_list("status", flat=True)) == {"left"}
        assert {get_credit(client_id=one, currency="COP") for one in people} == {3 * PRICE}
        assert_seats_agree()


@pytest.mark.django_db(transaction=True)
def test_whose_ban_is_being_lifted_keeps_their_place(yoga: ClassSession, client_user: Any) -> None:
    place = certain_of(client_user, yoga)
    ban_now(client_user.pk)
    lifted = Event()

    def lifting() -> None:
        with transaction.atomic():
            lift_ban(person_id=client_user.pk, actor_id=client_user.pk, reason="error", now=NOW)
            lifted.set()
            until_somebody_waits()

    def reacting() -> None:
        assert lifted.wait(10)
        deliver_outbox()

    assert race([lifting, reacting]) == [None, None]
    assert status_of(place) == "enrolled"


@pytest.mark.django_db(transaction=True)
def test_a_place_that_late_money_brings_back_meanwhile_is_left_alone(
    location: Location, client_user: Any
) -> None:
    """Its class is not locked, so whoever ends the other places has no say in it."""
    one, other = a_class(location), a_class(location)
    place = certain_of(client_user, one)
    late = come(other, client_user.pk).enrolment
    expire_seats(session_id=other.pk, now=LATE)
    locked = Event()

    def paying() -> None:
        with transaction.atomic():
            lock_session(session_id=one.pk)
            locked.set()
            until_somebody_waits()
            pay(late, now=LATE)

    def ending() -> int:
        assert locked.wait(10)
        return end_places(client_user.pk)

    assert race([paying, ending]) == [None, 1]
    assert (status_of(place), status_of(late)) == ("left", "enrolled")
    assert_seats_agree()


@pytest.mark.django_db(transaction=True)
def test_who_settles_and_who_ends_places_lock_classes_in_one_order(
    location: Location, client_user: Any
) -> None:
    """The one in the middle is held until both have come as far as they can."""
    sessions = sorted([a_class(location) for _ in range(3)], key=lambda session: session.pk)
    unpaid = [come(session).enrolment for session in sessions]
    for session in sessions:
        certain_of(client_user, session)
    held = Event()

    def holding() -> None:
        with transaction.atomic():
            lock_session(session_id=sessions[1].pk)
            held.set()
            until_somebody_waits(2)

    def settling() -> int:
        assert held.wait(10)
        return len(answers(*map(arrived, unpaid)))

    def ending() -> int:
        assert held.wait(10)
        return end_places(client_user.pk)

    assert race([holding, settling, ending]) == [None, 3, 3]


# --- time that comes free


def freed() -> list[tuple[str, str]]:
    messages = OutboxMessage.objects.filter(topic=TimeFreed.topic)
    return [(message.payload["begins"], message.payload["location_id"]) for message in messages]


def test_the_time_of_a_cancelled_class_is_passed_on(yoga: ClassSession) -> None:
    cancel_session(session_id=yoga.pk, reason="x", actor_id=UserFactory.create().pk, now=NOW)

    assert freed() == [("2026-12-07T15:00:00Z", str(yoga.location_id))]


def test_the_time_of_a_substituted_instructor_is_passed_on(
    yoga: ClassSession, location: Location
) -> None:
    substitute_instructor(
        session_id=yoga.pk,
        instructor_id=teacher(location).pk,
        actor_id=UserFactory.create(staff=True).pk,
        now=NOW,
    )

    assert len(freed()) == 1


# --- the table


def test_a_step_that_is_not_in_the_table_is_a_bug_and_writes_nothing(yoga: ClassSession) -> None:
    place = go(certain(yoga))

    with pytest.raises(ValueError, match="left cannot be enrolled"), transaction.atomic():
        move([place], EnrolmentStatus.ENROLLED, now=NOW)
    assert status_of(place) == "left"
