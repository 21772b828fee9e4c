"""Ways to pay that several bookings want at the same instant (SPA-13, SPA-14, NA-21)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import QuerySet

from core.models import Location
from core.testing import race, rounds
from finances import errors as money
from finances.models import CreditLot, Voucher
from finances.selectors.ledger import verify
from finances.steps import vouchers
from spa import errors
from spa.models import Appointment, ClientPackage, Occupancy, Service
from spa.selectors.pricing import Wishes
from spa.services import booking
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import NOW, Book, local, rule_that
from spa.tests.factories import ServiceFactory, StaffFactory
from spa.tests.ledger import count_overlaps
from spa.tests.packages import counts, offer, sold
from spa.tests.paying import AFTER_HOLD, credit_of, give_credit, voucher
from spa.tests.test_booking_races import names
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
STARTS = [local(7, hour) for hour in (9, 11, 13, 15)]


@pytest.fixture
def many(book: Book, location: Location) -> Book:
    """Nothing but the way to pay limits how much one person books."""
    rule_that(client_active_limit=50, open_holds_limit=50, hourly_bookings_limit=500)
    return book


def spend_at_once(many: Book) -> list[Any]:
    """Four bookings of one person, each with the 48 000 of its deposit from their credit."""
    return race([partial(many, start=start, wishes=Wishes(use_credit=True)) for start in STARTS])


def test_na_21_one_persons_bookings_at_once_never_spend_credit_twice(
    many: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 60_000)

    outcomes = spend_at_once(many)

    assert names(outcomes) == {"Booked": 4}
    lot = CreditLot.objects.get()
    used = sum(Appointment.objects.values_list("credit_used", flat=True))
    assert used == 48_000
    assert (lot.remaining, lot.reserved) == (0, 12_000)
    expire_unpaid_holds(now=AFTER_HOLD)
    assert credit_of(client_user.pk) == 12_000
    assert verify() == []


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bookings look first and act later, as if they were alone."""
    monkeypatch.setattr(booking, "check_limits", lambda **who: None)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **how: found)


def test_na_21_without_locks_the_database_still_keeps_credit_from_going_below_nothing(
    without_locks: None, many: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 60_000)

    assert set(names(spend_at_once(many))) <= {"Booked", "PriceChanged", "IntegrityError"}

    assert CreditLot.objects.get().remaining >= 0
    assert verify() == []


def test_na_21_control_without_locks_and_constraint_the_same_credit_pays_twice(
    without_locks: None, drop: Any, many: Book, client_user: Any
) -> None:
    drop("finances_creditlot", "finances_creditlot_never_negative")
    give_credit(client_user.pk, 60_000)

    spend_at_once(many)

    assert CreditLot.objects.get().remaining < 0


def one_use_for_four(many: Book) -> list[Any]:
    """Four people book with a voucher that is good once."""
    voucher()
    return race(
        [
            partial(many, client_id=person.pk, start=start, wishes=Wishes(voucher="VEINTE"))
            for person, start in zip(UserFactory.create_batch(4), STARTS, strict=True)
        ]
    )


def test_the_last_use_of_a_voucher_goes_to_one(many: Book) -> None:
    outcomes = one_use_for_four(many)

    assert names(outcomes) == {"Booked": 1, "VoucherUsedUp": 3}
    assert Voucher.objects.get().uses == Appointment.objects.count() == 1
    assert all(isinstance(o, money.VoucherUsedUp) for o in outcomes if isinstance(o, Exception))


def test_control_counted_in_python_the_last_use_goes_to_several(
    without_locks: None, many: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_as_if_alone(voucher: Voucher) -> None:
        voucher.uses += 1
        voucher.save(update_fields=["uses"])

    monkeypatch.setattr(vouchers, "_take", count_as_if_alone)

    outcomes = one_use_for_four(many)

    assert names(outcomes)["Booked"] > 1
    assert Voucher.objects.get().uses == 1


def with_package(many: Book, package: ClientPackage) -> list[Any]:
    return [partial(many, start=start, wishes=Wishes(package=package.code)) for start in STARTS]


def test_the_last_session_goes_to_one_visit(many: Book, service: Service, client_user: Any) -> None:
    mine = sold(offer(service, sessions=1), client_id=client_user.pk, now=NOW)

    outcomes = race(with_package(many, mine))

    assert names(outcomes) == {"Booked": 1, "PackageUsedUp": 3}
    assert counts(mine) == (0, 0, "exhausted")
    assert Appointment.objects.count() == 1


def test_also_without_the_persons_lock_the_database_counts_the_sessions(
    many: Book, service: Service, client_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock only makes people wait in line: the conditional UPDATE decides."""
    monkeypatch.setattr(booking, "check_limits", lambda **who: None)
    mine = sold(offer(service, sessions=1), client_id=client_user.pk, now=NOW)

    for _ in rounds(few=2, many=20):
        outcomes = race(with_package(many, mine))
        assert names(outcomes).get("Booked") == 1
        assert counts(mine) == (0, 0, "exhausted")
        ClientPackage.objects.update(sessions_left=1, sessions_total=9, status="active")
        Occupancy.objects.all().delete()


def test_who_books_with_a_package_and_who_ends_its_holds_never_wait_in_a_circle(
    many: Book, service: Service, location: Location, client_user: Any
) -> None:
    """Time first, then packages: here as where ended holds give their sessions back."""
    other = ServiceFactory.create(locations=[location])
    StaffFactory.create(location=location)
    mine = sold(offer(service, sessions=400, price=400), client_id=client_user.pk, now=NOW)
    mixed = {"service_ids": [service.pk, other.pk], "wishes": Wishes(package=mine.code)}

    for day in rounds(few=2, many=6, first=7):
        now = NOW + timedelta(hours=2 * (day - 7))
        for hour in (9, 12, 15):
            many(start=local(day, hour), now=now, **mixed)
        later = now + timedelta(minutes=30)
        rivals = [
            partial(many, client_id=person.pk, start=local(day, hour), now=later)
            for person, hour in zip(UserFactory.create_batch(3), (9, 12, 15), strict=True)
        ]
        mine_again = [
            partial(many, start=local(day, hour), now=later, **mixed) for hour in (9, 12, 15)
        ]
        outcomes = race([*rivals, *mine_again, partial(expire_unpaid_holds, now=later)])

        assert set(names(outcomes)) <= {"Booked", "SlotTaken", "int"}, outcomes
    assert count_overlaps() == 0
    left, settled, _ = counts(mine)
    standing = Appointment.objects.filter(
        client_id=client_user.pk, status__in=["pending_payment", "confirmed"]
    )
    assert left + standing.count() == 400
    assert settled == 0


def test_a_refusal_that_comes_after_the_time_was_won_gives_it_back(
    many: Book, service: Service, client_user: Any
) -> None:
    outcomes = one_use_for_four(many)
    free = [
        start for start, out in zip(STARTS, outcomes, strict=True) if isinstance(out, Exception)
    ]

    for start in free:
        assert many(start=start, client_id=UserFactory.create().pk).appointment.starts_at == start
    assert not any(isinstance(outcome, errors.SlotTaken) for outcome in outcomes)
