"""Series that are cancelled while the deposits of their visits come (SPA-20, NA-13)."""

from collections.abc import Sequence
from threading import Event

import pytest
from django.db import transaction

from core.testing import race, until_somebody_waits
from finances.steps.settlement import settle
from spa.domain.series import Scope
from spa.models import Appointment, AppointmentSeries
from spa.services.series_cancellation import CancelledVisits, cancel_series
from spa.services.series_deposits import ask_for_deposits
from spa.steps.cancelling import Cancelling
from spa.tests.conftest import NOW, Repeat, local
from spa.tests.ledger import approved, payment_of
from spa.tests.series import credit_of, nothing_found, pay_series, statuses
from spa.tests.test_booking_races import names
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LATER = local(13, 9)


@pytest.fixture
def series(repeat: Repeat) -> AppointmentSeries:
    """Nine days of which one is paid, and three deposits are asked for."""
    booked = pay_series(repeat(rule="FREQ=DAILY;COUNT=9", start=local(14, 10)), now=NOW)
    assert ask_for_deposits(now=LATER) == 3
    return booked.series


def asked_of(series: AppointmentSeries) -> list[Appointment]:
    """The visits whose deposits are asked for, in the order of locks."""
    return list(
        Appointment.objects.filter(series=series).exclude(deposit_asked_at=None).order_by("pk")
    )


def pay(visits: Sequence[Appointment]) -> None:
    """The money for these visits is there."""
    settle([approved(payment_of(visit), now=LATER) for visit in visits], now=LATER)


def cancel(series: AppointmentSeries, staff: User) -> CancelledVisits:
    """The studio cancels all of it: all that was paid comes back."""
    return cancel_series(
        series_id=series.pk,
        client_id=None,
        scope=Scope.ALL,
        named=None,
        why=Cancelling(staff.pk, by_staff=True, is_waived=True, reason="Cerramos"),
        now=LATER,
    )


def test_na_13_a_deposit_that_comes_while_its_series_is_cancelled_comes_back(
    series: AppointmentSeries, staff_user: User
) -> None:
    paid = Event()

    def paying() -> None:
        with transaction.atomic():
            pay(asked_of(series)[:1])
            paid.set()
            until_somebody_waits()

    def cancelling() -> CancelledVisits:
        assert paid.wait(10)
        return cancel(series, staff_user)

    outcomes = race([paying, cancelling])

    assert names(outcomes) == {"NoneType": 1, "CancelledVisits": 1}, outcomes
    assert set(statuses(series)) == {"cancelled"}
    assert credit_of(series) == 2 * 48_000
    assert nothing_found()


def test_who_settles_and_who_cancels_a_series_lock_its_visits_in_one_order(
    series: AppointmentSeries, staff_user: User
) -> None:
    """The one in the middle is held until both have come as far as they can."""
    visits, is_held = asked_of(series), Event()

    def holding() -> None:
        with transaction.atomic():
            Appointment.objects.select_for_update(no_key=True).get(pk=visits[1].pk)
            is_held.set()
            until_somebody_waits(2)

    def settling() -> None:
        assert is_held.wait(10)
        with transaction.atomic():
            pay(visits)

    def cancelling() -> CancelledVisits:
        assert is_held.wait(10)
        return cancel(series, staff_user)

    outcomes = race([holding, settling, cancelling])

    assert names(outcomes) == {"NoneType": 2, "CancelledVisits": 1}, outcomes
    assert set(statuses(series)) == {"cancelled"}
    assert credit_of(series) == 4 * 48_000
    assert nothing_found()
