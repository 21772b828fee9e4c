"""Whoever served has earned a share of it, once it has happened (FIN-07)."""

from datetime import timedelta
from typing import Any

import pytest

from core.models import Location
from finances.models import Commission
from finances.selectors.commissions import parties_of
from finances.selectors.ledger import verify
from spa.models import AppointmentItem, ClassType, ClientPackage, Service, StaffMember
from spa.selectors.pricing import Wishes
from spa.services.attendance import complete, mark_no_show
from spa.services.classes import finish_session
from spa.tests.classes import PRICE, a_class, certain
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.factories import ServiceFactory
from spa.tests.packages import offer, sold
from spa.tests.visits import certain as certain_visit
from users.models import User
from users.tests.factories import UserFactory

SERVED = MONDAY_TEN + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _books_are_right(db: None) -> Any:
    """Whatever a test does, the ledger agrees after it."""
    yield
    assert [finding for finding in verify() if not finding.is_explained] == []


def rows() -> list[tuple[Any, str, int, int]]:
    found = Commission.objects.order_by("pk")
    return [(row.party, row.description, int(row.base), int(row.amount)) for row in found]


def test_each_line_of_a_visit_earns_its_own_share_paid_or_not(
    book: Book, service: Service, therapist: StaffMember, staff_user: User
) -> None:
    Service.objects.filter(pk=service.pk).update(commission_percent=30)
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000, name="Barro")
    visit = certain_visit(book, service_ids=[service.pk, other.pk])

    complete(appointment_id=visit.pk, actor_id=staff_user.pk, now=SERVED)

    line = AppointmentItem.objects.get(service=service)
    assert visit.paid < visit.total
    assert rows() == [(therapist.resource_id, service.name, line.price, line.price * 3 / 10)]
    assert Commission.objects.get().cause_id == line.pk


def test_a_session_of_a_package_is_worth_its_part_of_the_price(
    book: Book, service: Service, client_user: User, staff_user: User
) -> None:
    Service.objects.filter(pk=service.pk).update(commission_percent=10)
    package: ClientPackage = sold(
        offer(service, sessions=3, price=200_000), client_id=client_user.pk, now=NOW
    )
    visit = book(wishes=Wishes(package=package.code)).appointment

    complete(appointment_id=visit.pk, actor_id=staff_user.pk, now=SERVED)

    assert [(base, amount) for *_who, base, amount in rows()] == [(66_667, 6_667)]


def test_nobody_earns_a_share_of_the_states_part(
    book: Book, service: Service, staff_user: User, client_user: User
) -> None:
    """Of 119 000 with 19 % IVA 100 000 count; of a session of 39 667 the same part of it."""
    Service.objects.update(commission_percent=10, tax_category="vat", price=119_000)
    package: ClientPackage = sold(
        offer(service, sessions=3, price=119_000, tax_category="vat"),
        client_id=client_user.pk,
        now=NOW,
    )
    rule_that(client_active_limit=2)
    paid = certain_visit(book)
    later = MONDAY_TEN + timedelta(hours=3)
    covered = book(start=later, wishes=Wishes(package=package.code)).appointment

    complete(appointment_id=paid.pk, actor_id=staff_user.pk, now=SERVED)
    complete(appointment_id=covered.pk, actor_id=staff_user.pk, now=later + timedelta(hours=2))

    assert [(base, amount) for *_who, base, amount in rows()] == [
        (100_000, 10_000),
        (33_334, 3_333),
    ]


def test_whoever_gives_a_class_earns_nothing_of_its_tax(location: Location) -> None:
    yoga = a_class(location, tax_category="consumption", price=54_000, commission_percent=10)
    for _ in range(2):
        certain(yoga)

    finish_session(session_id=yoga.pk, now=MONDAY_TEN + timedelta(hours=1))

    assert [(base, amount) for *_who, base, amount in rows()] == [(100_000, 10_000)]


def test_nothing_is_earned_without_a_percentage_or_by_whom_nobody_came_to(
    book: Book, service: Service, staff_user: User
) -> None:
    later, other = MONDAY_TEN + timedelta(hours=4), UserFactory.create()
    missed = certain_visit(book, start=later, client_id=other.pk)
    complete(appointment_id=certain_visit(book).pk, actor_id=staff_user.pk, now=SERVED)
    Service.objects.filter(pk=service.pk).update(commission_percent=30)

    mark_no_show(
        appointment_id=missed.pk, actor_id=staff_user.pk, now=MONDAY_TEN + timedelta(hours=6)
    )

    assert rows() == []


def test_whoever_gives_a_class_earns_of_what_its_people_paid(location: Location) -> None:
    ClassType.objects.update(commission_percent=0)
    yoga = a_class(location)
    ClassType.objects.filter(pk=yoga.class_type_id).update(commission_percent=50)
    for _ in range(2):
        certain(yoga)

    for _ in range(2):
        finish_session(session_id=yoga.pk, now=MONDAY_TEN + timedelta(hours=1))

    share = int(PRICE * 2) // 2
    assert rows() == [(yoga.instructor.resource_id, yoga.class_type.name, int(PRICE * 2), share)]


def test_a_persons_money_is_found_by_their_account(
    therapist: StaffMember, staff_user: User, client_user: User
) -> None:
    therapist.user = staff_user
    therapist.save()

    assert parties_of(person_id=staff_user.pk) == [therapist.resource_id]
    assert parties_of(person_id=client_user.pk) == []
