"""What makes a series certain, what ends it, and what becomes of money that comes late."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from core.models import OutboxMessage
from core.testing import race
from finances.steps.settlement import settle
from notifications.models import Notification
from spa import errors
from spa.domain.series import Owed, SeriesPayment, deadlines
from spa.events import SeriesDepositDue
from spa.models import Appointment, BookingSettings, Occupancy
from spa.services.counter import take_payment
from spa.services.expiry import expire_unpaid_holds
from spa.services.series_deposits import ask_for_deposits, pay_deposit, take_series_payment
from spa.tests.conftest import MONDAY_TEN, NOW, Book, Repeat, local
from spa.tests.ledger import approved, nothing_changes, payment_of
from spa.tests.series import (
    nothing_found,
    pay_series,
    series_payment,
    statuses,
    told,
    visits_of,
)
from users.tests.factories import UserFactory

WEEK = timedelta(weeks=1)
LATE = NOW + timedelta(minutes=21)
HELD = ["pending_payment"]


def test_which_deposits_may_wait_and_until_when() -> None:
    """The first that is owed opens the series; what costs nothing neither opens it nor waits."""
    hold_ends = NOW + timedelta(minutes=20)
    soon, edge = NOW + timedelta(days=1), hold_ends + timedelta(days=2)
    after, some, nothing = edge + timedelta(seconds=1), Decimal(1), Decimal(0)

    def waits(*visits: Owed) -> tuple[datetime | None, ...]:
        policy = BookingSettings().policy
        return deadlines(visits, payment=SeriesPayment.EACH, policy=policy, hold_ends=hold_ends)

    assert waits(Owed(soon, nothing), Owed(after, some)) == (None, None)
    later = waits(Owed(soon, some), Owed(edge, some), Owed(after, some), Owed(after, nothing))
    assert later == (None, None, hold_ends + timedelta(seconds=1), None)


def test_the_first_deposit_makes_it_certain_and_the_rest_is_held_until_due(repeat: Repeat) -> None:
    series = pay_series(repeat(), now=NOW).series

    visits = visits_of(series)
    assert (series.status, series.opened_at) == ("active", NOW)
    assert [visit.status for visit in visits] == ["confirmed", *HELD * 3]
    assert [visit.paid for visit in visits] == [48_000, 0, 0, 0]
    due = [visit.starts_at - timedelta(days=2) for visit in visits[1:]]
    assert [visit.hold_expires_at for visit in visits] == [None, *due]
    rows = Occupancy.objects.order_by("during").values_list("hold_expires_at", flat=True)
    assert list(rows) == [None, *due]
    assert told() == ["series_booked"]
    (message,) = Notification.objects.all()
    assert message.facts["visits"] == "4"
    assert "3 de ellas" in message.facts["terms"]
    assert nothing_found()


def test_in_advance_one_payment_confirms_every_visit(repeat: Repeat) -> None:
    series = pay_series(repeat(payment=SeriesPayment.ADVANCE), now=NOW).series

    assert statuses(series) == ["confirmed"] * 4
    assert [visit.paid for visit in visits_of(series)] == [48_000] * 4
    assert not Occupancy.objects.exclude(hold_expires_at=None).exists()
    assert told() == ["series_booked"]
    assert nothing_found()


def test_held_time_of_a_certain_series_is_nobody_elses(repeat: Repeat, book: Book) -> None:
    pay_series(repeat(), now=NOW)

    with nothing_changes(), pytest.raises(errors.SlotTaken):
        book(
            client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK, now=NOW + timedelta(days=5)
        )


def test_a_series_that_is_never_paid_ends_as_one(repeat: Repeat) -> None:
    series = repeat().series

    with nothing_changes():
        assert expire_unpaid_holds(now=NOW + timedelta(minutes=19)) == 0
    assert expire_unpaid_holds(now=LATE) == 4

    series.refresh_from_db()
    assert (series.status, set(statuses(series))) == ("expired", {"expired"})
    assert not Occupancy.objects.exists()
    assert series_payment(series).status == "expired"
    assert told() == ["series_expired"]


def test_it_is_told_once_also_when_a_rival_ends_one_of_its_holds_first(
    repeat: Repeat, book: Book
) -> None:
    series = repeat().series

    book(client_id=UserFactory.create().pk, start=MONDAY_TEN + WEEK, now=LATE)
    assert sorted(set(statuses(series))) == ["expired", "pending_payment"]
    assert told() == ["series_expired"]
    assert expire_unpaid_holds(now=LATE + timedelta(seconds=1)) == 3

    assert told() == ["series_expired"]


def test_a_visit_whose_own_deposit_does_not_come_goes_alone(repeat: Repeat) -> None:
    series = pay_series(repeat(), now=NOW).series
    due = visits_of(series)[1].hold_expires_at

    with nothing_changes():
        assert expire_unpaid_holds(now=due - timedelta(seconds=1)) == 0
    assert expire_unpaid_holds(now=due) == 1

    series.refresh_from_db()
    assert series.status == "active"
    assert statuses(series) == ["confirmed", "expired", *HELD * 2]
    assert told() == ["series_booked", "hold_expired"]


def test_each_deposit_is_asked_for_once_in_time_and_can_be_paid_until_it_is_due(
    repeat: Repeat,
) -> None:
    series = pay_series(repeat(), now=NOW).series
    second = visits_of(series)[1]
    due = second.hold_expires_at
    near = due - timedelta(days=3)

    with nothing_changes():
        assert ask_for_deposits(now=near - timedelta(seconds=1)) == 0
    assert ask_for_deposits(now=near) == 1
    with nothing_changes():
        assert ask_for_deposits(now=near + timedelta(hours=1)) == 0

    payment = payment_of(second)
    assert (payment.kind, payment.amount) == ("deposit", Decimal("48000.00"))
    assert payment.expires_at == due
    assert told() == ["series_booked", "series_deposit_due"]
    message = Notification.objects.get(template="series_deposit_due")
    assert datetime.fromisoformat(str(message.facts["expires_at"])) == due
    with transaction.atomic():
        settle([approved(payment, now=near)], now=near)
    second.refresh_from_db()
    assert (second.status, second.paid, second.hold_expires_at) == ("confirmed", 48_000, None)
    assert told()[-1] == "booking_confirmed"
    assert nothing_found()


def test_series_nobody_has_paid_for_are_not_asked_for_more(repeat: Repeat) -> None:
    repeat()

    with nothing_changes():
        assert ask_for_deposits(now=NOW + timedelta(minutes=1)) == 0


def test_asking_works_in_batches_and_takes_all(repeat: Repeat) -> None:
    pay_series(repeat(rule="FREQ=DAILY;COUNT=9", start=local(14, 10)), now=NOW)

    late = local(16, 9)
    asked = [ask_for_deposits(now=late, limit=2) for _ in range(4)]

    assert asked == [2, 1, 0, 0]
    # Nobody is asked for what cannot be paid any more.
    assert expire_unpaid_holds(now=late) == 3
    assert Appointment.objects.exclude(deposit_asked_at=None).count() == 3


def test_a_deposit_can_be_paid_before_it_is_asked_for(repeat: Repeat, client_user: Any) -> None:
    series = pay_series(repeat(), now=NOW).series
    last = visits_of(series)[3]
    ask = partial(pay_deposit, series_id=series.pk, client_id=client_user.pk, now=NOW)

    payment = ask(named=last.occurrence)
    again = ask(named=last.occurrence)

    assert payment["id"] == again["id"]
    assert (payment["kind"], payment["amount"]) == ("deposit", "48000.00")
    assert payment["checkout"]["amount_in_cents"] == 4_800_000
    assert datetime.fromisoformat(payment["expires_at"]) == last.hold_expires_at
    with nothing_changes(), pytest.raises(errors.VisitNotPayable):
        ask(named=visits_of(series)[0].occurrence)
    with nothing_changes(), pytest.raises(errors.VisitNotPayable):
        ask(named=last.occurrence, now=last.hold_expires_at)
    with nothing_changes(), pytest.raises(errors.OccurrenceNotFound):
        ask(named=last.occurrence + timedelta(days=1))
    with nothing_changes(), pytest.raises(errors.SeriesNotFound):
        ask(named=last.occurrence, client_id=UserFactory.create().pk)


def test_before_the_first_payment_no_single_deposit_can_be_paid(
    repeat: Repeat, client_user: Any, staff_user: Any
) -> None:
    """Otherwise one visit would be certain, and the series it belongs to end unpaid."""
    booked = repeat()
    series, visit = booked.series, visits_of(booked.series)[1]
    take = partial(
        take_payment,
        appointment_id=visit.pk,
        method="cash",
        amount=Decimal("48000.00"),
        tip=Decimal(0),
        actor_id=staff_user.pk,
        now=NOW,
    )

    with nothing_changes(), pytest.raises(errors.SeriesUnpaid):
        pay_deposit(series_id=series.pk, client_id=client_user.pk, named=visit.occurrence, now=NOW)
    with nothing_changes(), pytest.raises(errors.SeriesUnpaid):
        take()

    pay_series(booked, now=NOW)
    take()
    assert statuses(series) == ["confirmed", "confirmed", *HELD * 2]


def test_the_desk_takes_what_makes_a_series_certain(repeat: Repeat, staff_user: Any) -> None:
    series = repeat().series
    take = partial(
        take_series_payment, series_id=series.pk, method="cash", actor_id=staff_user.pk, now=NOW
    )

    take()

    series.refresh_from_db()
    assert (series.status, statuses(series)) == ("active", ["confirmed", *HELD * 3])
    assert series_payment(series).status == "expired"
    assert nothing_found()
    with nothing_changes(), pytest.raises(errors.SeriesNotPayable):
        take()


def test_the_desk_takes_nothing_for_a_series_that_cannot_be_had(
    repeat: Repeat, staff_user: Any
) -> None:
    series = repeat(rule="FREQ=DAILY;COUNT=1").series

    with nothing_changes(), pytest.raises(errors.SeriesNotPayable):
        take_series_payment(
            series_id=series.pk, method="cash", actor_id=staff_user.pk, now=MONDAY_TEN
        )


FOUR_ASK = [partial(ask_for_deposits, now=local(13, 9))] * 4


def ask_at_once(repeat: Repeat) -> list[Any]:
    """Three deposits come near, and four tasks ask for them."""
    pay_series(repeat(rule="FREQ=DAILY;COUNT=9", start=local(14, 10)), now=NOW)
    return race(FOUR_ASK)


@pytest.mark.django_db(transaction=True)
def test_asking_in_parallel_asks_for_each_deposit_once(repeat: Repeat) -> None:
    asked = ask_at_once(repeat)

    due = Appointment.objects.exclude(deposit_asked_at=None)
    assert sum(asked) == due.count() == 3
    told_of = OutboxMessage.objects.filter(topic=SeriesDepositDue.topic)
    assert told_of.count() == 3
    assert len({message.payload["appointment_id"] for message in told_of}) == 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_deposits_are_asked_for_twice(
    repeat: Repeat, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_: found)

    ask_at_once(repeat)

    assert OutboxMessage.objects.filter(topic=SeriesDepositDue.topic).count() > 3


@pytest.mark.django_db(transaction=True)
def test_a_visit_that_is_being_paid_keeps_no_other_waiting(repeat: Repeat) -> None:
    pay_series(repeat(rule="FREQ=DAILY;COUNT=9", start=local(14, 10)), now=NOW)
    first = Appointment.objects.exclude(hold_expires_at=None).earliest("hold_expires_at")

    @transaction.atomic
    def impatient() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        return ask_for_deposits.body(now=local(13, 9), limit=2)

    with transaction.atomic():
        Appointment.objects.select_for_update(no_key=True).get(pk=first.pk)
        outcomes = race([impatient])

    assert outcomes == [2]
    assert ask_for_deposits(now=local(13, 9)) == 1
