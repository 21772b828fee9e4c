"""Money for places in classes: by credit, by package, given back, earned (NA-21)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.models import Location, OutboxMessage
from core.testing import race
from finances.domain.accounts import Account
from finances.models import CreditLot
from finances.selectors.ledger import get_credit, verify
from spa import errors
from spa.events import ClassEnrolled
from spa.models import ClassSession, ClientPackage, Enrolment
from spa.services.classes import cancel_session, finish_session
from spa.services.enrolment import expire_seats
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
    rich,
    status_of,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW, rule_that
from spa.tests.factories import LocationFactory
from spa.tests.ledger import nothing_changes
from spa.tests.packages import balance_of, counts, offer, sold
from users.tests.factories import UserFactory

TOO_LATE = MONDAY_TEN - timedelta(hours=23)
OVER = MONDAY_TEN + timedelta(hours=1)


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


# --- VIP


def test_a_vip_pays_the_discount_less_and_keeps_that_price(yoga: ClassSession) -> None:
    vip = UserFactory.create(role="vip")

    place = come(yoga, vip.pk).enrolment
    rule_that(vip_discount_percent=50)

    assert (place.price, payment_of(place).amount) == (34_000, 34_000)
    assert come(yoga).enrolment.price == PRICE
    pay(place)
    assert Enrolment.objects.get(pk=place.pk).paid == 34_000


def test_a_seat_that_is_offered_costs_what_the_rules_say_when_it_is_taken(
    single: ClassSession,
) -> None:
    held = come(single).enrolment
    vip = UserFactory.create(role="vip")
    assert come(single, vip.pk, wait=True).enrolment.price == 34_000
    rule_that(vip_discount_percent=20)
    go(held)

    assert come(single, vip.pk).enrolment.price == 32_000


# --- credit


def test_credit_that_covers_the_price_makes_the_place_certain(
    yoga: ClassSession, client_user: Any
) -> None:
    rich(client_user.pk, "50000.00")

    placed = come(yoga, client_user.pk, use_credit=True)

    place = placed.enrolment
    assert (place.status, place.paid, place.credit_used) == ("enrolled", PRICE, PRICE)
    assert placed.payment is None
    assert get_credit(client_id=client_user.pk, currency="COP") == 10_000
    assert balance_of(Account.DEPOSITS_HELD, client_user.pk) == PRICE


def test_na_21_credit_is_counted_and_the_rest_is_paid(yoga: ClassSession, client_user: Any) -> None:
    rich(client_user.pk, "15000.00")

    place = come(yoga, client_user.pk, use_credit=True).enrolment

    assert (place.status, place.paid) == ("pending_payment", 15_000)
    assert payment_of(place).amount == 25_000
    pay(place)
    place.refresh_from_db()
    assert (place.status, place.paid, place.credit_used) == ("enrolled", PRICE, 15_000)
    assert get_credit(client_id=client_user.pk, currency="COP") == 0
    assert balance_of(Account.DEPOSITS_HELD, client_user.pk) == PRICE


@pytest.mark.parametrize("how", ["expires", "leaves", "is cancelled"])
def test_na_21_credit_of_a_seat_that_is_not_paid_comes_back(
    yoga: ClassSession, client_user: Any, how: str
) -> None:
    rich(client_user.pk, "15000.00")
    place = come(yoga, client_user.pk, use_credit=True).enrolment

    {"expires": expire, "is cancelled": cancel}.get(how, lambda _: go(place))(yoga)

    place.refresh_from_db()
    assert (place.paid, place.credit_used) == (0, 0)
    lot = CreditLot.objects.get()
    assert (lot.remaining, lot.reserved) == (15_000, 0)


def test_late_money_takes_the_credit_again_that_was_to_pay_with_it(
    yoga: ClassSession, client_user: Any
) -> None:
    rich(client_user.pk, "15000.00")
    place = come(yoga, client_user.pk, use_credit=True).enrolment
    expire(yoga)

    pay(place, now=LATE)

    place.refresh_from_db()
    assert (place.status, place.paid, place.credit_used) == ("enrolled", PRICE, 15_000)
    assert get_credit(client_id=client_user.pk, currency="COP") == 0


def test_late_money_without_that_credit_becomes_credit_itself(
    location: Location, client_user: Any
) -> None:
    rich(client_user.pk, "15000.00")
    session, other = a_class(location), a_class(location)
    place = come(session, client_user.pk, use_credit=True).enrolment
    expire(session)
    come(other, client_user.pk, now=LATE, use_credit=True)

    pay(place, now=LATE)

    assert status_of(place) == "expired"
    assert get_credit(client_id=client_user.pk, currency="COP") == 25_000 + 15_000
    assert_seats_agree()


def test_late_money_leaves_alone_the_part_of_the_credit_that_does_not_do(
    location: Location, client_user: Any
) -> None:
    rich(client_user.pk, "15000.00")
    session, other = a_class(location), a_class(location, price=10_000)
    place = come(session, client_user.pk, use_credit=True).enrolment
    expire(session)
    come(other, client_user.pk, now=LATE, use_credit=True)

    pay(place, now=LATE)

    first = CreditLot.objects.order_by("issued_at").first()
    assert first is not None
    assert (first.remaining, first.reserved) == (5_000, 0)
    assert status_of(place) == "expired"


def test_late_money_without_a_seat_leaves_the_credit_alone(
    single: ClassSession, client_user: Any
) -> None:
    rich(client_user.pk, "15000.00")
    place = come(single, client_user.pk, use_credit=True).enrolment
    come(single, now=LATE)

    pay(place, now=LATE)

    first = CreditLot.objects.order_by("issued_at").first()
    assert first is not None
    assert (first.remaining, first.reserved) == (15_000, 0)
    assert status_of(place) == "expired"


# --- packages


def package(session: ClassSession, client_id: UUID, **changes: Any) -> ClientPackage:
    """Three classes of the session's kind, paid for."""
    three = offer(sessions=3, price=Decimal("90000.00"), **changes)
    three.class_types.add(session.class_type)
    return sold(three, client_id=client_id, now=NOW)


def test_a_package_session_pays_for_a_place(yoga: ClassSession, client_user: Any) -> None:
    mine = package(yoga, client_user.pk)

    placed = come(yoga, client_user.pk, package_id=mine.pk)

    place = Enrolment.objects.get()
    assert (place.status, place.price, placed.payment) == ("enrolled", 0, None)
    assert place.package_use is not None
    assert (place.package_use.client_package_id, place.package_use.source_id) == (mine.pk, place.pk)
    assert counts(mine)[0] == 2
    assert told() == 1


def _of_somebody_else(mine: ClientPackage, session: ClassSession) -> None:
    ClientPackage.objects.update(client=UserFactory.create())


def _of_another_class(mine: ClientPackage, session: ClassSession) -> None:
    ClientPackage.objects.update(class_type_ids=[uuid4()])


def _of_another_place(mine: ClientPackage, session: ClassSession) -> None:
    ClientPackage.objects.update(location_ids=[LocationFactory.create().pk])


def _without_sessions(mine: ClientPackage, session: ClassSession) -> None:
    ClientPackage.objects.update(sessions_left=0, status="exhausted")


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        (_of_somebody_else, errors.PackageNotFound),
        (_of_another_class, errors.PackageNotForThis),
        (_of_another_place, errors.PackageNotForThis),
        (_without_sessions, errors.PackageUsedUp),
    ],
)
def test_a_package_that_does_not_fit_is_refused_and_no_seat_is_lost(
    yoga: ClassSession, client_user: Any, happens: Any, refusal: type[Exception]
) -> None:
    mine = package(yoga, client_user.pk)
    happens(mine, yoga)

    with pytest.raises(refusal), nothing_changes():
        come(yoga, client_user.pk, package_id=mine.pk)


@pytest.mark.parametrize(("now", "left"), [(NOW, 3), (TOO_LATE, 2)])
def test_leaving_in_time_brings_the_session_back_and_later_not(
    yoga: ClassSession, client_user: Any, now: Any, left: int
) -> None:
    mine = package(yoga, client_user.pk)
    place = come(yoga, client_user.pk, package_id=mine.pk).enrolment

    go(place, now=now)

    assert counts(mine)[0] == left
    assert balance_of(Account.REVENUE_FORFEITED) == (3 - left) * 30_000


def test_a_class_given_earns_its_package_sessions(yoga: ClassSession, client_user: Any) -> None:
    mine = package(yoga, client_user.pk)
    come(yoga, client_user.pk, package_id=mine.pk)

    finish_session(session_id=yoga.pk, now=OVER)
    finish_session(session_id=yoga.pk, now=OVER)

    assert balance_of(Account.REVENUE_CLASSES) == 30_000
    assert counts(mine)[:2] == (2, 1)


# --- given back, kept, earned


def test_leaving_in_time_gives_everything_back_as_credit(yoga: ClassSession) -> None:
    place = certain(yoga)

    go(place)

    place.refresh_from_db()
    assert (place.status, place.returned) == ("left", PRICE)
    assert get_credit(client_id=place.client_id, currency="COP") == PRICE
    assert balance_of(Account.DEPOSITS_HELD) == 0
    assert_seats_agree()


@pytest.mark.parametrize(("percent", "credit"), [(0, 0), (50, 20_000), (100, 40_000)])
def test_leaving_late_gives_back_what_was_agreed_and_the_studio_keeps_the_rest(
    yoga: ClassSession, percent: int, credit: int
) -> None:
    rule_that(late_cancellation_credit_percent=percent)
    place = certain(yoga)
    rule_that(late_cancellation_credit_percent=10)

    go(place, now=TOO_LATE)

    place.refresh_from_db()
    assert place.returned == credit
    assert get_credit(client_id=place.client_id, currency="COP") == credit
    assert balance_of(Account.REVENUE_FORFEITED) == 40_000 - credit
    assert balance_of(Account.DEPOSITS_HELD) == 0


def test_the_desk_may_give_everything_back_also_late(yoga: ClassSession, staff_user: Any) -> None:
    place = certain(yoga)

    go(place, now=TOO_LATE, actor_id=staff_user.pk, waive_reason="estaba enferma")

    assert get_credit(client_id=place.client_id, currency="COP") == PRICE


def test_a_class_given_earns_what_was_paid_whoever_came(location: Location) -> None:
    session = a_class(location, capacity=9)
    for _ in range(3):
        certain(session)
    unpaid = come(session).enrolment

    assert finish_session(session_id=session.pk, now=OVER) is True
    assert finish_session(session_id=session.pk, now=OVER) is False

    assert balance_of(Account.REVENUE_CLASSES) == 3 * PRICE
    assert balance_of(Account.DEPOSITS_HELD) == 0
    assert status_of(unpaid) == "expired"
    assert_seats_agree()


def test_a_class_the_studio_cancels_gives_everybody_everything_back(
    yoga: ClassSession, client_user: Any
) -> None:
    mine = package(yoga, client_user.pk)
    paid, unpaid = certain(yoga), come(yoga).enrolment
    covered = come(yoga, client_user.pk, package_id=mine.pk).enrolment
    line = waiting(yoga)

    cancel(yoga, TOO_LATE)
    cancel(yoga, TOO_LATE)

    assert {status_of(place) for place in (paid, unpaid, covered, line)} == {"cancelled"}
    assert get_credit(client_id=paid.client_id, currency="COP") == PRICE
    assert [lot.amount for lot in CreditLot.objects.all()] == [PRICE]
    assert counts(mine)[0] == 3
    paid.refresh_from_db()
    assert paid.returned == PRICE
    assert ClassSession.objects.get(pk=yoga.pk).seats_taken == 0
    assert payment_of(unpaid).status == "expired"


@pytest.mark.django_db(transaction=True)
def test_classes_of_the_same_people_end_at_once_without_a_deadlock(location: Location) -> None:
    people = [person.pk for person in UserFactory.create_batch(8)]
    for _ in range(2):
        called_off, given = a_class(location, capacity=8), a_class(location, capacity=8)
        kinds = [called_off.class_type, given.class_type]
        mine = {person: package(called_off, person) for person in people}
        ClientPackage.objects.update(class_type_ids=[kind.pk for kind in kinds])
        for session, line in ((called_off, people), (given, people[::-1])):
            for person in line:
                come(session, person, package_id=mine[person].pk)

        outcomes = race([partial(cancel, called_off), partial(cancel, given)])

        assert outcomes == [None, None]
        assert {counts(one)[0] for one in mine.values()} == {3}
