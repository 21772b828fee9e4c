"""Money that comes for places in classes: in time, late, twice (FIN-13, NA-23)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Location, OutboxMessage
from finances.domain.accounts import Account
from finances.selectors.ledger import get_credit, verify
from finances.types import Fate
from spa.events import ClassEnrolled
from spa.models import ClassSession, Enrolment
from spa.services.classes import cancel_session
from spa.services.enrolment import expire_seats
from spa.steps.enrolment_settlement import EnrolmentPayable
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
    status_of,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW
from spa.tests.packages import balance_of


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return a_class(location)


@pytest.fixture
def single(location: Location) -> ClassSession:
    return a_class(location, capacity=1)


@pytest.fixture(autouse=True)
def _books_are_right(db: None) -> Any:
    """Whatever a test does, the ledger balances after it."""
    yield
    assert [finding for finding in verify() if not finding.is_explained] == []


def told() -> int:
    return OutboxMessage.objects.filter(topic=ClassEnrolled.topic).count()


def expire(session: ClassSession, now: Any = LATE) -> None:
    expire_seats(session_id=session.pk, now=now)


def cancel(session: ClassSession, now: Any = NOW) -> None:
    cancel_session(session_id=session.pk, reason="lluvia", actor_id=uuid4(), now=now)


def test_a_paid_seat_is_certain_and_its_owner_hears_so(yoga: ClassSession) -> None:
    place = certain(yoga)

    assert (place.status, place.paid, place.hold_expires_at) == ("enrolled", PRICE, None)
    assert told() == 1
    assert balance_of(Account.DEPOSITS_HELD, place.client_id) == PRICE
    assert_seats_agree()


def test_an_ended_seat_that_nobody_needed_is_simply_paid(single: ClassSession) -> None:
    place = come(single).enrolment

    pay(place, now=LATE)

    assert status_of(place) == "enrolled"


def test_na_23_late_money_takes_a_seat_again_while_there_is_one(single: ClassSession) -> None:
    place = come(single).enrolment
    expire(single)

    pay(place, now=LATE)

    place.refresh_from_db()
    assert (place.status, place.paid, place.closed_at) == ("enrolled", PRICE, None)
    assert payment_of(place).allocation == "accepted"
    assert_seats_agree()


def test_na_23_late_money_for_a_seat_somebody_has_becomes_credit(single: ClassSession) -> None:
    place = come(single).enrolment
    rival = come(single, now=LATE).enrolment

    pay(place, now=LATE)

    assert (status_of(place), status_of(rival)) == ("expired", "pending_payment")
    assert payment_of(place).allocation == "credited"
    assert get_credit(client_id=place.client_id, currency="COP") == PRICE
    assert told() == 0
    assert_seats_agree()


def test_na_23_late_money_does_not_overtake_the_line(single: ClassSession) -> None:
    place, first = come(single).enrolment, waiting(single)
    expire(single)

    pay(place, now=LATE)

    assert (status_of(place), status_of(first)) == ("expired", "offered")
    assert get_credit(client_id=place.client_id, currency="COP") == PRICE


def test_na_23_late_money_takes_the_seat_of_another_who_did_not_pay(single: ClassSession) -> None:
    place = come(single).enrolment
    rival = come(single, now=LATE).enrolment

    pay(place, now=LATE + timedelta(minutes=20))

    assert (status_of(place), status_of(rival)) == ("enrolled", "expired")
    assert_seats_agree()


def test_na_23_each_branch_has_its_name(location: Location, client_user: Any) -> None:
    paid, left, cancelled, past, again = (
        come(a_class(location), client_user.pk if number == 4 else None).enrolment
        for number in range(5)
    )
    go(left)
    cancel(cancelled.session)
    pay(paid)
    expire(again.session)
    come(again.session, client_user.pk, now=LATE)
    gone = Enrolment(pk=uuid4(), client_id=client_user.pk)
    over = come(a_class(location)).enrolment

    assert [
        answers(arrived(place, amount=amount), now=now)[0].branch
        for place, now, amount in [
            (gone, LATE, PRICE),
            (paid, LATE, PRICE),
            (left, LATE, PRICE),
            (cancelled, LATE, PRICE),
            (past, MONDAY_TEN, PRICE),
            (again, LATE, PRICE),
            (over, NOW, PRICE + 1),
        ]
    ] == ["gone", "twice", "gone", "cancelled", "past", "taken", "overpaid"]
    assert_seats_agree()


def test_of_two_payments_in_a_batch_the_second_is_credit(yoga: ClassSession) -> None:
    place, ended = come(yoga).enrolment, come(yoga).enrolment
    Enrolment.objects.filter(pk=ended.pk).update(status="expired")
    ClassSession.objects.filter(pk=yoga.pk).update(seats_taken=1)

    found = answers(*(arrived(one, now=LATE) for one in (ended, place, ended, place)), now=LATE)

    assert [(one.fate, one.branch) for one in found] == [
        (Fate.ACCEPTED, "retaken"),
        (Fate.ACCEPTED, ""),
        (Fate.CREDITED, "twice"),
        (Fate.CREDITED, "twice"),
    ]
    assert all(one.reason for one in found if one.fate is Fate.CREDITED)
    assert_seats_agree()


def test_late_money_ends_no_seat_that_is_paid_in_the_same_batch(single: ClassSession) -> None:
    ended = come(single).enrolment
    unpaid = come(single, now=LATE).enrolment
    later = LATE + timedelta(minutes=30)

    found = answers(arrived(ended, now=later), arrived(unpaid, now=later), now=later)

    assert [one.branch for one in found] == ["taken", ""]
    assert (status_of(ended), status_of(unpaid)) == ("expired", "enrolled")


def test_a_batch_costs_as_many_statements_as_a_single_payment(location: Location) -> None:
    def cost(count: int) -> int:
        session = a_class(location, capacity=9)
        paid = [arrived(come(session).enrolment) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            answers(*paid)
        return len(queries)

    assert cost(8) == cost(1)


def test_a_place_is_described_by_its_class(yoga: ClassSession) -> None:
    place = come(yoga).enrolment

    assert EnrolmentPayable().describe(payable_id=place.pk) == "Yoga suave"
    assert EnrolmentPayable().describe(payable_id=uuid4()) == "tu clase"
