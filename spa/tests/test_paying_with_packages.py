"""Visits that a package pays for, in part or altogether (SPA-14)."""

from datetime import timedelta
from typing import Any

import pytest

from finances.domain.accounts import Account
from finances.selectors.ledger import verify
from spa import errors
from spa.models import Appointment, AppointmentItem, ClientPackage, PackageUse, Service
from spa.selectors.pricing import Wishes
from spa.services.attendance import complete
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import MONDAY_TEN, NOW, Book
from spa.tests.factories import LocationFactory, ServiceFactory
from spa.tests.ledger import nothing_changes, pay, payment_of
from spa.tests.moves import move
from spa.tests.packages import balance_of, bought, counts, offer, sold
from spa.tests.paying import AFTER_HOLD, credit_of, give_credit, stored, voucher
from spa.tests.visits import LATE, cancel
from users.tests.factories import UserFactory


@pytest.fixture
def mine(service: Service, client_user: Any) -> ClientPackage:
    """Two sessions of the service for 200 000."""
    return sold(offer(service, sessions=2, price=200_000), client_id=client_user.pk, now=NOW)


def happened(visit: Appointment, staff_user: Any) -> None:
    complete(appointment_id=visit.pk, actor_id=staff_user.pk, now=MONDAY_TEN + timedelta(hours=1))


@pytest.mark.parametrize("by_code", [False, True])
def test_a_session_pays_for_its_line_and_the_visit_is_certain_at_once(
    book: Book, mine: ClientPackage, by_code: bool
) -> None:
    wanted = mine.code.lower() if by_code else str(mine.pk)

    booked = book(wishes=Wishes(package=wanted))

    visit = stored(booked)
    assert (visit.status, visit.total, visit.deposit, visit.paid) == ("confirmed", 0, 0, 0)
    use = PackageUse.objects.get()
    assert (use.source_id, use.sessions, use.state) == (visit.pk, 1, "used")
    item = AppointmentItem.objects.get()
    assert (item.price, item.package_use_id) == (0, use.pk)
    assert counts(mine) == (1, 0, "active")


def test_what_a_package_does_not_cover_is_paid_as_usual(
    book: Book, mine: ClientPackage, service: Service
) -> None:
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000)

    visit = stored(book(service_ids=[other.pk, service.pk], wishes=Wishes(package=mine.code)))

    assert (visit.status, visit.total, visit.deposit) == ("pending_payment", 50_000, 20_000)
    items = AppointmentItem.objects.order_by("position")
    assert [(item.price, item.package_use_id is None) for item in items] == [
        (50_000, True), (0, False),
    ]  # fmt: skip


def test_a_visit_that_a_package_pays_for_moves_within_the_package_only(
    book: Book, mine: ClientPackage
) -> None:
    visit = book(wishes=Wishes(package=mine.code)).appointment
    goal = MONDAY_TEN + timedelta(days=1)
    ClientPackage.objects.update(expires_at=goal)

    with pytest.raises(errors.PackageExpiresBefore), nothing_changes():
        move(visit, goal)
    ClientPackage.objects.update(expires_at=goal + timedelta(microseconds=1))
    move(visit, goal)

    assert Appointment.objects.get().starts_at == goal


def test_a_session_comes_back_when_the_visit_is_cancelled_in_time(
    book: Book, mine: ClientPackage
) -> None:
    visit = book(wishes=Wishes(package=mine.code)).appointment

    cancel(visit, now=NOW)

    assert counts(mine) == (2, 0, "active")
    assert PackageUse.objects.get().state == "restored"


def test_a_session_is_spent_when_the_visit_is_cancelled_late(
    book: Book, mine: ClientPackage
) -> None:
    visit = book(wishes=Wishes(package=mine.code)).appointment

    cancel(visit, now=LATE)

    assert counts(mine) == (1, 1, "active")
    assert balance_of(Account.REVENUE_FORFEITED) == 100_000
    assert verify() == []


def test_a_session_of_a_hold_that_ends_comes_back_and_late_money_takes_it_again(
    book: Book, mine: ClientPackage, service: Service
) -> None:
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000)
    booked = book(service_ids=[other.pk, service.pk], wishes=Wishes(package=mine.code))

    expire_unpaid_holds(now=AFTER_HOLD)
    assert counts(mine) == (2, 0, "active")
    pay(booked, now=AFTER_HOLD)

    assert stored(booked).status == "confirmed"
    assert counts(mine) == (1, 0, "active")


def test_late_money_for_a_visit_whose_session_is_gone_becomes_credit(
    book: Book, mine: ClientPackage, service: Service, client_user: Any
) -> None:
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000)
    booked = book(service_ids=[other.pk, service.pk], wishes=Wishes(package=mine.code))
    expire_unpaid_holds(now=AFTER_HOLD)
    ClientPackage.objects.update(sessions_left=0, sessions_total=1, status="exhausted")

    pay(booked, now=AFTER_HOLD)

    assert stored(booked).status == "expired"
    assert credit_of(client_user.pk) == 20_000


def test_a_session_that_happened_is_earned_with_the_visit(
    book: Book, mine: ClientPackage, staff_user: Any
) -> None:
    visit = book(wishes=Wishes(package=mine.code)).appointment

    happened(visit, staff_user)

    assert PackageUse.objects.get().state == "fulfilled"
    assert balance_of(Account.REVENUE_SERVICES) == 100_000
    assert balance_of(Account.DEFERRED_PACKAGES) == 100_000
    assert verify() == []


def test_voucher_credit_and_package_together_add_up(
    book: Book, mine: ClientPackage, service: Service, client_user: Any, staff_user: Any
) -> None:
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000)
    voucher()
    give_credit(client_user.pk, 6_000)
    wishes = Wishes(voucher="VEINTE", package=mine.code, use_credit=True)

    booked = book(service_ids=[service.pk, other.pk], wishes=wishes)
    assert payment_of(booked.appointment).amount == 10_000
    pay(booked, now=NOW)

    visit = stored(booked)
    assert (visit.total, visit.discount, visit.deposit) == (40_000, 10_000, 16_000)
    assert (visit.paid, visit.credit_used) == (16_000, 6_000)
    happened(visit, staff_user)
    assert balance_of(Account.REVENUE_SERVICES) == 100_000 + 16_000
    assert verify() == []


def test_packages_that_cannot_be_used_refuse_the_booking_and_leave_no_trace(
    book: Book, mine: ClientPackage, service: Service, client_user: Any
) -> None:
    stranger = sold(offer(service), client_id=UserFactory.create().pk, now=NOW)
    unpaid = bought(offer(service), client_id=client_user.pk, now=NOW)
    elsewhere = sold(offer(ServiceFactory.create()), client_id=client_user.pk, now=NOW)
    not_here = offer(service)
    not_here.locations.set([LocationFactory.create()])
    not_here = sold(not_here, client_id=client_user.pk, now=NOW)
    short = sold(offer(service, validity_days=1), client_id=client_user.pk, now=NOW)
    empty = sold(offer(service), client_id=client_user.pk, now=NOW)
    ClientPackage.objects.filter(pk=empty.pk).update(sessions_left=0, status="exhausted")

    for package, refusal in [
        (stranger, errors.PackageNotFound),
        (unpaid, errors.PackageNotFound),
        (elsewhere, errors.PackageNotForThis),
        (not_here, errors.PackageNotForThis),
        (short, errors.PackageExpiresBefore),
        (empty, errors.PackageUsedUp),
    ]:
        with pytest.raises(refusal), nothing_changes():
            book(wishes=Wishes(package=package.code))
    with pytest.raises(errors.PackageNotFound), nothing_changes():
        book(wishes=Wishes(package="ni código ni id"))
    assert not PackageUse.objects.exists()


def test_a_package_that_covers_only_what_is_free_of_charge_is_not_used(
    book: Book, mine: ClientPackage
) -> None:
    Service.objects.update(price=0)

    with pytest.raises(errors.PackageNotForThis):
        book(wishes=Wishes(package=mine.code))

    assert counts(mine) == (2, 0, "active")


def test_two_lines_take_two_sessions(book: Book, mine: ClientPackage, service: Service) -> None:
    visit = stored(book(service_ids=[service.pk] * 2, wishes=Wishes(package=mine.code)))

    assert visit.total == 0
    assert PackageUse.objects.get().sessions == 2
    assert counts(mine) == (0, 0, "exhausted")
    cancel(visit, now=NOW)
    assert counts(mine) == (2, 0, "active")
