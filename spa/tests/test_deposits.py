"""What a visit costs by who it is for, and what of it is paid before (SPA-08)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import Location
from core.money import charged
from spa.models import Appointment, AppointmentItem, Service, Strike
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import NOW, Book, local, rule_that
from spa.tests.paying import AFTER_HOLD, stored
from users.tests.factories import UserFactory


def test_a_fixed_deposit_is_asked_for_and_never_more_than_the_price(
    book: Book, service: Service
) -> None:
    Service.objects.update(deposit_amount=30_000)
    assert stored(book()).deposit == 30_000

    Service.objects.update(price=20_000)
    assert stored(book(start=local(7, 14))).deposit == 20_000


@pytest.mark.parametrize(("percent", "price"), [(15, 102_002), (0, 120_002), (100, 0)])
def test_without_a_vip_price_of_its_own_it_costs_a_vip_the_discount_less(
    book: Book, percent: int, price: int
) -> None:
    rule_that(vip_discount_percent=percent)
    Service.objects.update(price=Decimal(120_002))

    visit = book(is_vip=True).appointment
    rule_that(vip_discount_percent=50)

    # What was agreed is frozen with the visit: 120 002 less 15 % is 102 001,70.
    stored = Appointment.objects.get()
    assert (stored.total, stored.policy) == (price, visit.policy)
    assert stored.deposit == charged(Decimal(price * 40) / 100, "COP")
    assert AppointmentItem.objects.get().price == price


def test_who_is_no_vip_pays_the_price(book: Book) -> None:
    assert book().appointment.total == Decimal("120000.00")


def past_visit(client: Any, location: Any, **changes: Any) -> Appointment:
    """A visit of a fortnight ago that happened and is paid for."""
    then = NOW - timedelta(days=14)
    values = {"status": "completed", "completed_at": then} | changes
    return Appointment.objects.create(
        location=location, client=client, title="Masaje", policy={}, starts_at=then,
        ends_at=then + timedelta(hours=1), booked_at=then, currency="COP", total=0, deposit=0,
        **values,
    )  # fmt: skip


def test_strikes_and_loyalty_change_the_deposit_when_the_rules_say_so(
    book: Book, location: Location, client_user: Any
) -> None:
    rule_that(hourly_bookings_limit=50)
    rule_that(regular_visits=1, regular_deposit_percent=10, strike_deposit_percent=80)
    assert stored(book(start=local(7, 9))).deposit == 48_000
    # What is only booked has not happened.
    assert stored(book(start=local(7, 13))).deposit == 48_000

    past_visit(client_user, location)
    past_visit(UserFactory.create(), location)
    assert stored(book(start=local(7, 11))).deposit == 12_000
    expire_unpaid_holds(now=AFTER_HOLD)

    missed = past_visit(client_user, location, status="no_show", completed_at=None)
    strike = Strike.objects.create(
        client=client_user, appointment=missed, kind="no_show", at=missed.starts_at
    )
    assert stored(book(start=local(7, 9), now=AFTER_HOLD)).deposit == 96_000
    # What lies too far back, or was waived, does not count any more.
    rule_that(strikes_window_days=13)
    assert stored(book(start=local(7, 11), now=AFTER_HOLD)).deposit == 12_000
    rule_that(strikes_window_days=30)
    Strike.objects.filter(pk=strike.pk).update(
        waived_at=NOW, waived_by=client_user, waive_reason="tráfico"
    )
    assert stored(book(start=local(7, 13), now=AFTER_HOLD)).deposit == 12_000
