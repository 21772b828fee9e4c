"""What a visit had set aside, where its life takes a turn (SPA-09, SPA-13, SPA-14, NA-21)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from finances.models import CreditUse, Voucher
from spa import errors
from spa.models import Appointment, ClientPackage, Occupancy, PackageUse, Service
from spa.selectors.pricing import Wishes
from spa.services.attendance import check_in, complete, mark_no_show
from spa.services.counter import take_payment
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import NOW, Book, local
from spa.tests.ledger import nothing_changes, pay, payment_of
from spa.tests.packages import counts, offer, sold
from spa.tests.paying import AFTER_HOLD, credit_of, give_credit, stored, voucher
from spa.tests.visits import AFTER, books, cancel, certain
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def desk(db: None) -> User:
    """Who presses the buttons."""
    return UserFactory.create(staff=True)


@pytest.fixture
def mine(service: Service, client_user: User) -> ClientPackage:
    """Two sessions of the service for 200 000."""
    return sold(offer(service, sessions=2, price=200_000), client_id=client_user.pk, now=NOW)


def test_the_desk_asks_for_what_credit_leaves_of_the_deposit_and_no_more_than_it_leaves_of_all(
    book: Book, client_user: User, desk: User
) -> None:
    give_credit(client_user.pk, 18_000)
    visit = book(wishes=Wishes(use_credit=True)).appointment
    take = partial(
        take_payment,
        appointment_id=visit.pk, method="cash", tip=Decimal(0), actor_id=desk.pk, now=NOW,
    )  # fmt: skip

    with pytest.raises(errors.DepositShort) as short, nothing_changes():
        take(amount=Decimal(29_999))
    with pytest.raises(errors.PaysTooMuch) as much, nothing_changes():
        take(amount=Decimal(102_001))
    assert (short.value.facts["due"], much.value.facts["outstanding"]) == (
        "30000.00", "102000.00",
    )  # fmt: skip
    take(amount=Decimal(102_000))

    visit = Appointment.objects.get()
    assert (visit.status, visit.paid, visit.credit_used) == ("confirmed", 120_000, 18_000)
    assert CreditUse.objects.get().state == "used"
    assert books()["deposits_held"] == 120_000


def test_na_23_late_money_is_credit_once_somebody_else_has_the_voucher_that_made_the_price(
    book: Book, client_user: User
) -> None:
    voucher()
    booked = book(wishes=Wishes(voucher="VEINTE"))
    expire_unpaid_holds(now=AFTER_HOLD)
    rival = partial(book, client_id=UserFactory.create().pk, start=local(9, 10), now=AFTER_HOLD)
    rival(wishes=Wishes(voucher="VEINTE"))

    pay(booked, now=AFTER_HOLD)

    visit = stored(booked)
    assert (visit.status, visit.paid) == ("expired", 0)
    assert payment_of(visit).allocation == "credited"
    assert credit_of(client_user.pk) == 38_400
    assert not Occupancy.objects.filter(source_id=visit.pk).exists()


def test_a_voucher_of_a_hold_that_ended_but_was_not_removed_is_still_its_own(book: Book) -> None:
    voucher()
    booked = book(wishes=Wishes(voucher="VEINTE"))

    pay(booked, now=AFTER_HOLD)

    assert stored(booked).status == "confirmed"
    assert Voucher.objects.get().uses == 1


def test_a_session_of_somebody_who_did_not_come_is_spent_and_stays_so_if_they_came_after_all(
    book: Book, mine: ClientPackage, desk: User
) -> None:
    visit = stored(book(wishes=Wishes(package=mine.code)))
    asked: dict[str, Any] = {"appointment_id": visit.pk, "actor_id": desk.pk}

    mark_no_show(**asked, now=AFTER)
    assert PackageUse.objects.get().state == "forfeited"
    assert books()["revenue_forfeited"] == 100_000
    check_in(**asked, reason="sí vino", now=AFTER)
    complete(**asked, now=AFTER + timedelta(hours=1))

    assert PackageUse.objects.get().state == "forfeited"
    assert counts(mine) == (1, 1, "active")
    assert books() == {
        "cash": 200_000, "deferred_packages": 100_000, "revenue_forfeited": 100_000,
    }  # fmt: skip


def test_giving_up_a_hold_gives_back_at_once_all_that_was_set_aside(
    book: Book, client_user: User, mine: ClientPackage
) -> None:
    give_credit(client_user.pk, 10_000)
    voucher()
    other = book(wishes=Wishes(voucher="VEINTE", use_credit=True)).appointment
    assert credit_of(client_user.pk) == 0

    cancel(other, now=NOW)

    assert credit_of(client_user.pk) == 10_000
    assert Voucher.objects.get().uses == 0
    assert counts(mine) == (2, 0, "active")


def test_cancelling_costs_the_same_statements_whatever_else_is_booked(book: Book) -> None:
    costs = []
    for day, others in ((7, 0), (8, 0), (9, 2)):
        client = UserFactory.create(role="vip")
        ask = partial(book, client_id=client.pk, is_vip=True)
        first = certain(ask, start=local(day, 10))
        for number in range(others):
            certain(ask, start=local(day, 12 + 2 * number))
        with CaptureQueriesContext(connection) as queries:
            cancel(first, now=NOW)
        costs.append(len(queries))

    # The first one also reads the rules, which are remembered.
    assert costs[1] == costs[2]
