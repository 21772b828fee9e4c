"""What becomes of money that comes late for a series, twice, or all at once (NA-23, FIN-13)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Location
from core.testing import overtake, race
from notifications.models import Notification
from spa.domain.series import SeriesPayment
from spa.models import Appointment, AppointmentSeries, AppointmentTransition, Occupancy
from spa.services.expiry import expire_unpaid_holds
from spa.services.series import BookedSeries
from spa.tests.conftest import MONDAY_TEN, NOW, Book, Repeat
from spa.tests.factories import StaffFactory
from spa.tests.ledger import count_overlaps, nothing_changes
from spa.tests.series import (
    credit_of,
    money_for,
    nothing_found,
    pay_series,
    series_payment,
    settle_series,
    statuses,
    told,
    visits_of,
)
from spa.tests.visits import cancel
from users.tests.factories import UserFactory

WEEK = timedelta(weeks=1)
LATE = NOW + timedelta(minutes=21)
HELD = ["pending_payment"]


def test_na_23_money_that_comes_late_takes_the_series_back_while_its_time_is_free(
    repeat: Repeat,
) -> None:
    booked = repeat()
    expire_unpaid_holds(now=LATE)

    series = pay_series(booked, now=LATE).series

    visits = visits_of(series)
    assert series.status == "active"
    assert [visit.status for visit in visits] == ["confirmed", *HELD * 3]
    due = [visit.starts_at - timedelta(days=2) for visit in visits[1:]]
    assert [visit.hold_expires_at for visit in visits[1:]] == due
    assert Occupancy.objects.count() == 4
    assert told() == ["series_expired", "series_booked"]
    reasons = AppointmentTransition.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons)[-4:] == ["late payment", *["series paid late"] * 3]
    assert nothing_found()


def test_na_23_what_somebody_else_has_by_then_is_not_paid_for(repeat: Repeat, book: Book) -> None:
    """The money pays for the first that can be had; a series of deposits in advance pays less."""
    booked = repeat()
    expire_unpaid_holds(now=LATE)
    rival = book(client_id=UserFactory.create().pk, now=LATE).appointment

    series = pay_series(booked, now=LATE).series

    assert statuses(series) == ["expired", "confirmed", *HELD * 2]
    second = visits_of(series)[1]
    row = Occupancy.objects.get(source_id=second.pk)
    assert second.hold_expires_at is row.hold_expires_at is None
    assert (credit_of(series), count_overlaps()) == (0, 0)
    rival.refresh_from_db()
    assert rival.status == "pending_payment"


def test_na_23_in_advance_what_cannot_be_had_comes_back_as_credit(
    repeat: Repeat, book: Book
) -> None:
    booked = repeat(payment=SeriesPayment.ADVANCE)
    expire_unpaid_holds(now=LATE)
    book(client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK, now=LATE)

    series = pay_series(booked, now=LATE).series

    assert statuses(series) == ["confirmed", "expired", "confirmed", "confirmed"]
    assert credit_of(series) == Decimal("48000.00")
    assert series_payment(series).allocation == "accepted"
    (message,) = Notification.objects.filter(template="series_booked") if told() else []
    assert message.facts["visits"] == "3"
    assert nothing_found()


def test_na_23_whose_deposit_was_due_before_the_money_came_is_not_held_again(
    repeat: Repeat,
) -> None:
    booked = repeat(rule="FREQ=DAILY;COUNT=4")
    expire_unpaid_holds(now=LATE)

    series = pay_series(booked, now=MONDAY_TEN - timedelta(hours=1)).series

    assert statuses(series) == ["confirmed", "expired", *HELD * 2]


def test_na_23_what_was_given_up_before_the_payment_stays_given_up(repeat: Repeat) -> None:
    booked = repeat(payment=SeriesPayment.ADVANCE)
    cancel(visits_of(booked.series)[0], now=NOW)

    series = pay_series(booked, now=NOW).series

    assert statuses(series) == ["cancelled", *["confirmed"] * 3]
    assert credit_of(series) == Decimal("48000.00")
    assert nothing_found()


def test_na_23_when_nothing_can_be_had_all_of_it_is_credit(repeat: Repeat, book: Book) -> None:
    booked = repeat(rule="FREQ=WEEKLY;COUNT=2")
    expire_unpaid_holds(now=LATE)
    for week in range(2):
        book(client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK * week, now=LATE)

    series = pay_series(booked, now=LATE).series

    assert (series.status, statuses(series)) == ("expired", ["expired"] * 2)
    assert credit_of(series) == Decimal("48000.00")
    assert series_payment(series).allocation == "credited"
    assert nothing_found()


@pytest.mark.parametrize(
    ("change", "now", "branch"),
    [
        ({"status": "active", "opened_at": NOW}, NOW, "twice"),
        ({"status": "cancelled", "cancelled_at": NOW}, NOW, "cancelled"),
        ({}, MONDAY_TEN + timedelta(days=40), "past"),
    ],
)
def test_money_a_series_has_no_use_for_is_credit_and_changes_nothing(
    repeat: Repeat, change: dict[str, Any], now: datetime, branch: str
) -> None:
    series = repeat().series
    AppointmentSeries.objects.update(**change)

    with nothing_changes():
        (answer,) = settle_series(money_for(series, now=now), now=now)

    assert (answer.fate, answer.branch) == ("credited", branch)


def test_money_for_a_series_that_is_gone_is_credit(repeat: Repeat) -> None:
    series = repeat().series
    unknown = AppointmentSeries(client_id=series.client_id)

    (answer,) = settle_series(money_for(unknown, now=NOW), now=NOW)

    assert answer.branch == "gone"


def test_of_two_payments_in_a_batch_the_second_finds_what_the_first_did(repeat: Repeat) -> None:
    series = repeat().series

    answers = settle_series(money_for(series, now=NOW), money_for(series, now=NOW), now=NOW)

    assert [answer.branch for answer in answers] == ["", "twice"]
    assert statuses(series) == ["confirmed", *HELD * 3]


def test_many_series_cost_the_statements_of_one(repeat: Repeat, location: Location) -> None:
    StaffFactory.create_batch(4, location=location)
    found = [repeat(client_id=UserFactory.create().pk).series for _ in range(4)]
    costs = []

    for batch in (found[:1], found[1:]):
        paid = [money_for(series, now=NOW) for series in batch]
        with CaptureQueriesContext(connection) as queries:
            settle_series(*paid, now=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert costs[0] <= 12
    assert set(AppointmentSeries.objects.values_list("status", flat=True)) == {"active"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(
    lost=st.sets(st.integers(0, 4)),
    payment=st.sampled_from(SeriesPayment),
    is_swept=st.booleans(),
)
def test_no_peso_is_lost_and_each_visit_stands_somewhere(
    repeat: Repeat, book: Book, lost: set[int], payment: SeriesPayment, is_swept: bool
) -> None:
    Appointment.objects.all().delete()
    Occupancy.objects.all().delete()
    AppointmentSeries.objects.all().delete()
    client = UserFactory.create()
    booked = repeat(client_id=client.pk, rule="FREQ=WEEKLY;COUNT=5", payment=payment)
    owed = series_payment(booked.series).amount
    if is_swept:
        expire_unpaid_holds(now=LATE)
    for week in lost:
        book(client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK * week, now=LATE)

    series = pay_series(booked, now=LATE).series

    visits = visits_of(series)
    paid = sum(visit.paid for visit in visits)
    assert paid + credit_of(series) == owed
    assert {n for n, visit in enumerate(visits) if visit.status == "expired"} == lost
    confirmed = [visit for visit in visits if visit.status == "confirmed"]
    assert paid == sum(visit.deposit for visit in confirmed)
    wanted = 5 if payment is SeriesPayment.ADVANCE else 1
    assert len(confirmed) == min(wanted, 5 - len(lost))
    standing = [visit for visit in visits if visit.status != "expired"]
    held = Occupancy.objects.filter(source_id__in=[visit.pk for visit in standing])
    assert held.count() == len(standing)
    assert count_overlaps() == 0
    assert nothing_found()


def pay_and_end(booked: BookedSeries) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return partial(pay_series, booked, now=LATE), partial(expire_unpaid_holds, now=LATE)


def became(booked: BookedSeries) -> tuple[str, set[str]]:
    booked.series.refresh_from_db()
    return booked.series.status, set(statuses(booked.series))


@pytest.mark.django_db(transaction=True)
def test_settling_and_ending_the_same_series_at_once_leaves_it_whole(repeat: Repeat) -> None:
    for day in range(4):
        booked = repeat(
            client_id=UserFactory.create().pk,
            start=MONDAY_TEN + timedelta(days=day),
            payment=SeriesPayment.ADVANCE,
        )
        race(pay_and_end(booked))
        assert became(booked) == ("active", {"confirmed"})
    assert Occupancy.objects.filter(hold_expires_at=None).count() == 16
    assert count_overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_locks_what_was_paid_is_ended(
    repeat: Repeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_: found)
    booked = repeat(payment=SeriesPayment.ADVANCE)
    pay, end = pay_and_end(booked)

    overtake(end, by=pay)

    assert became(booked) != ("active", {"confirmed"})


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_settled_in_parallel_opens_the_series_once(repeat: Repeat) -> None:
    booked = repeat()

    race([partial(pay_series, booked, now=NOW)] * 4)

    assert statuses(booked.series) == ["confirmed", *HELD * 3]
    assert credit_of(booked.series) == 0
    assert told() == ["series_booked"]
    assert nothing_found()
