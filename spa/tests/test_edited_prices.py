"""A price that is edited after somebody agreed to it: what is paid counts as agreed (NA-26).

Each kind of thing is ordered, the owner edits whatever its price came from, and the money of the
order arrives. It is paid by exactly what was asked for, and nothing of it is owed.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from core.models import Location
from finances.models import Payment
from finances.selectors.ledger import get_credit, verify
from spa.models import ClassType, ClientPackage, Package, Service
from spa.services.counter import pay_balance
from spa.tests.classes import PRICE, a_class, come, status_of
from spa.tests.classes import pay as pay_place
from spa.tests.conftest import NOW, Book, Repeat
from spa.tests.ledger import pay
from spa.tests.packages import bought, offer, pay_for
from spa.tests.series import pay_series, statuses

pytestmark = pytest.mark.django_db
EDITS = [Decimal("0.01"), Decimal(3)]
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(params=EDITS, ids=["dearer", "almost free"])
def edit(request: pytest.FixtureRequest) -> Any:
    """The owner edits every price there is, and how much of it is due at once."""
    factor = request.param

    def change() -> None:
        Service.objects.update(price=F("price") * factor, deposit_percent=100, vip_price=None)
        ClassType.objects.update(price=F("price") * factor)
        Package.objects.update(price=F("price") * factor, sessions=1)

    return change


@pytest.fixture(autouse=True)
def _paid_in_full(db: None, client_user: Any) -> Any:
    """Whatever was ordered: its payment is approved, nothing is left over, the books agree."""
    yield
    assert set(Payment.objects.values_list("status", flat=True)) == {"approved"}
    assert get_credit(client_id=client_user.pk, currency="COP") == 0
    assert verify() == []


def test_na_26_a_deposit_makes_the_visit_certain_at_the_price_agreed(book: Book, edit: Any) -> None:
    booked = book()
    edit()

    visit = pay(booked, now=LATER).appointment

    visit.refresh_from_db()
    assert (visit.status, visit.total, visit.deposit, visit.paid) == (
        "confirmed", 120_000, 48_000, 48_000,
    )  # fmt: skip


def test_na_26_the_rest_of_a_visit_is_what_is_left_of_the_price_agreed(
    book: Book, edit: Any
) -> None:
    booked = book()
    visit = pay(booked, now=LATER).appointment
    edit()

    pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=LATER)
    edit()
    pay(booked, now=LATER)

    visit.refresh_from_db()
    assert (visit.total, visit.paid) == (120_000, 120_000)


def test_na_26_a_place_in_a_class_is_paid_at_the_price_agreed(
    location: Location, client_user: Any, edit: Any
) -> None:
    place = come(a_class(location), client_user.pk).enrolment
    edit()

    pay_place(place)

    place.refresh_from_db()
    assert (status_of(place), place.paid) == ("enrolled", PRICE)


def test_na_26_a_package_is_delivered_as_it_was_bought(
    service: Service, client_user: Any, edit: Any
) -> None:
    package = bought(offer(service), client_id=client_user.pk, now=NOW)
    edit()

    pay_for(package, now=LATER)

    found = ClientPackage.objects.get()
    assert (found.status, found.price, found.sessions_left) == ("active", 500_000, 5)


def test_na_26_a_series_is_certain_by_the_deposit_agreed(repeat: Repeat, edit: Any) -> None:
    booked = repeat()
    edit()

    pay_series(booked, now=LATER)

    assert statuses(booked.series)[0] == "confirmed"
