"""Series that are cancelled while money for their client comes, or a booking (SPA-20, NA-13)."""

from collections.abc import Sequence
from functools import partial
from threading import Event

import pytest
from django.db import transaction

from core.testing import queue, race, until_somebody_waits
from finances.steps.settlement import settle
from spa.domain.series import Scope
from spa.models import Appointment, AppointmentSeries
from spa.services.booking import book_appointment
from spa.services.series_cancellation import CancelledVisits, cancel_series
from spa.services.series_deposits import ask_for_deposits
from spa.steps.cancelling import Cancelling
from spa.tests.conftest import NOW, Book, Repeat, local, rule_that
from spa.tests.ledger import approved, payment_of
from spa.tests.series import credit_of, nothing_found, pay_series, statuses
from spa.tests.test_booking_races import names
from spa.tests.visits import is_banned
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LATER = local(13, 9)


@pytest.fixture
def series(repeat: Repeat) -> AppointmentSeries:
    """Nine days of which one is paid, and three deposits are asked for."""
    booked = pay_series(repeat(rule="FREQ=DAILY;COUNT=9", start=local(14, 10)), now=NOW)
    assert ask_for_deposits(now=LATER) == 3
    return booked.series


@pytest.fixture
def too_late(db: None) -> None:
    """Two days before is late, and who is late once is not welcome any more."""
    rule_that(
        free_cancellation_hours=48,
        partial_cancellation_hours=48,
        strikes_limit=1,
        client_active_limit=20,
    )


@pytest.fixture
def other(too_late: None, book: Book) -> Appointment:
    """Another visit of the same client, older than the series and not paid either."""
    return book(start=local(28, 10), now=LATER).appointment


def asked_of(series: AppointmentSeries) -> list[Appointment]:
    """The visits whose deposits are asked for, in the order of locks."""
    return list(
        Appointment.objects.filter(series=series).exclude(deposit_asked_at=None).order_by("pk")
    )


def pay(visits: Sequence[Appointment]) -> None:
    """The money for these visits is there."""
    with transaction.atomic():
        settle([approved(payment_of(visit), now=LATER) for visit in visits], now=LATER)


def hold(visit: Appointment) -> None:
    """Somebody else has the visit."""
    Appointment.objects.select_for_update(no_key=True).get(pk=visit.pk)


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
            settle([approved(payment_of(asked_of(series)[0]), now=LATER)], now=LATER)
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
    visits = asked_of(series)

    outcomes = queue(
        [partial(pay, visits), partial(cancel, series, staff_user)], behind=partial(hold, visits[1])
    )

    assert names(outcomes) == {"NoneType": 1, "CancelledVisits": 1}, outcomes
    assert set(statuses(series)) == {"cancelled"}
    assert credit_of(series) == 4 * 48_000
    assert nothing_found()


def cancel_first(series: AppointmentSeries) -> CancelledVisits:
    """Its client cancels tomorrow's."""
    return cancel_series(
        series_id=series.pk,
        client_id=series.client_id,
        scope=Scope.ONE,
        named=local(14, 10).date(),
        why=Cancelling(series.client_id, by_staff=False),
        now=LATER,
    )


def test_nobody_books_past_the_ban_that_their_series_brings(
    too_late: None, series: AppointmentSeries, book: Book
) -> None:
    booked = Event()

    def booking() -> None:
        with transaction.atomic():
            book_appointment.body(**book.keywords | {"start": local(28, 10), "now": LATER})
            booked.set()
            until_somebody_waits()

    def cancelling() -> CancelledVisits:
        assert booked.wait(10)
        return cancel_first(series)

    outcomes = race([booking, cancelling])

    assert names(outcomes) == {"NoneType": 1, "CancelledVisits": 1}, outcomes
    assert is_banned(series.client_id)
    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}


def test_who_settles_and_whose_series_bans_them_lock_all_they_have_ahead_in_one_order(
    too_late: None, other: Appointment, series: AppointmentSeries
) -> None:
    """Who settles first takes the older visit, of which the other one need not know yet."""
    visits = [other, *asked_of(series)]

    outcomes = queue(
        [partial(pay, visits), partial(cancel_first, series)], behind=partial(hold, other)
    )

    assert names(outcomes) == {"NoneType": 1, "CancelledVisits": 1}, outcomes
    assert is_banned(series.client_id)
    assert nothing_found()
