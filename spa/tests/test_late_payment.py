"""Money that comes: in time, late, after the start, twice (SPA-07, FIN-13, NA-15, NA-23)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import Location, OutboxMessage
from core.testing import deliver_outbox, one_by_one, race, rounds
from finances.types import Allocation, Fate
from spa import errors
from spa.events import AppointmentConfirmed, AppointmentExpired
from spa.models import Appointment, AppointmentTransition, Occupancy, Service
from spa.services.expiry import expire_unpaid_holds
from spa.steps.booking import Booked
from spa.steps.settlement import AppointmentPayable
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import (
    arrived,
    count_overlaps,
    nothing_changes,
    pay,
    payment_of,
    settle_visits,
)
from users.tests.factories import UserFactory

LATE = NOW + timedelta(minutes=21)


def told(topic: str) -> list[str]:
    """Which visits an event was published for."""
    messages = OutboxMessage.objects.filter(topic=topic).order_by("pk")
    by_event = {message.event_id: message.payload["appointment_id"] for message in messages}
    return list(by_event.values())


def history(visit: Appointment) -> list[tuple[str, str, str]]:
    """How the visit came where it is."""
    steps = AppointmentTransition.objects.filter(appointment=visit).order_by("pk")
    return list(steps.values_list("from_status", "to_status", "reason"))


def settle(visit: Appointment, *, now: datetime, amount: str = "48000.00") -> Allocation:
    """What the visit answers finances."""
    (allocation,) = settle_visits(arrived(visit, now=now, amount=amount), now=now)
    return allocation


def test_a_paid_deposit_makes_the_visit_certain_and_says_so(book: Book) -> None:
    visit = pay(book(), now=NOW + timedelta(minutes=5)).appointment

    visit.refresh_from_db()
    assert (visit.status, visit.paid, visit.hold_expires_at) == ("confirmed", 48_000, None)
    assert Occupancy.objects.get().hold_expires_at is None
    payment = payment_of(visit)
    assert (payment.status, payment.allocation) == ("approved", "accepted")
    assert told(AppointmentConfirmed.topic) == [str(visit.pk)]
    assert history(visit) == [
        ("", "pending_payment", ""),
        ("pending_payment", "confirmed", "deposit paid"),
    ]


def test_na_15_an_unpaid_visit_really_holds_its_time(book: Book) -> None:
    book()

    with pytest.raises(errors.SlotTaken), nothing_changes():
        book(client_id=UserFactory.create().pk, now=NOW + timedelta(minutes=19, seconds=59))


def test_na_23_the_next_booking_that_needs_the_time_ends_the_hold_and_its_client_is_told(
    book: Book,
) -> None:
    first = book().appointment

    second = book(client_id=UserFactory.create().pk, now=NOW + timedelta(minutes=20)).appointment

    first.refresh_from_db()
    assert first.status == "expired"
    assert payment_of(first).status == "expired"
    assert list(Occupancy.objects.values_list("source_id", flat=True)) == [second.pk]
    assert told(AppointmentExpired.topic) == [str(first.pk)]
    assert history(first)[-1] == ("pending_payment", "expired", "unpaid")


def test_na_23_who_takes_the_time_of_an_ended_hold_keeps_what_they_won_before(
    book: Book, location: Location
) -> None:
    """The room is theirs already: wanted once more, it would be in its own way."""
    book()
    RoomFactory.create(location=location)
    Service.objects.update(required_room="CABIN")

    second = book(client_id=UserFactory.create().pk, now=LATE).appointment

    assert list(Occupancy.objects.values_list("source_id", flat=True)) == [second.pk] * 2


def test_the_client_of_an_ended_hold_reads_it_in_the_inbox(book: Book, api: Any) -> None:
    client, then = UserFactory.create(), timezone.now()
    start = (
        (then + timedelta(days=3))
        .astimezone(MONDAY_TEN.tzinfo)
        .replace(hour=10, minute=0, second=0, microsecond=0)
    )
    book(client_id=client.pk, start=start, now=then - timedelta(minutes=30))

    book(start=start, now=then)
    deliver_outbox()

    inbox = api.as_(client).get("/api/v1/me/notifications").json()
    assert inbox["count"] == 1
    assert inbox["results"][0]["template"] == "hold_expired"


def test_na_23_an_ended_hold_that_nobody_needed_is_simply_paid(book: Book) -> None:
    visit = pay(book(), now=LATE).appointment

    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 48_000)
    assert history(visit)[-1] == ("pending_payment", "confirmed", "deposit paid")


def test_na_23_late_money_takes_the_time_again_while_it_is_free(book: Book) -> None:
    booked = book()
    expire_unpaid_holds(now=LATE)
    assert not Occupancy.objects.exists()

    pay(booked, now=LATE + timedelta(minutes=1))

    visit = Appointment.objects.get()
    assert (visit.status, visit.paid, visit.hold_expires_at) == ("confirmed", 48_000, None)
    again = Occupancy.objects.get()
    assert (again.source_id, again.during.lower, again.hold_expires_at) == (
        visit.pk, MONDAY_TEN, None,
    )  # fmt: skip
    assert payment_of(visit).allocation == "accepted"
    assert history(visit)[-1] == ("expired", "confirmed", "late payment")
    assert told(AppointmentConfirmed.topic) == [str(visit.pk)]


def test_na_23_late_money_takes_people_and_rooms_again_or_neither(
    book: Book, location: Location
) -> None:
    RoomFactory.create(location=location)
    StaffFactory.create(location=location)
    Service.objects.update(required_room="CABIN")
    booked = book()
    # The other therapist, but the only room.
    rival = book(client_id=UserFactory.create().pk, now=LATE).appointment

    pay(booked, now=LATE)

    assert set(Occupancy.objects.values_list("source_id", flat=True)) == {rival.pk}
    assert payment_of(booked.appointment).allocation == "credited"


def test_na_23_late_money_for_a_time_somebody_else_has_becomes_credit(book: Book) -> None:
    booked = book()
    rival = book(client_id=UserFactory.create().pk, now=LATE).appointment

    pay(booked, now=LATE + timedelta(minutes=1))

    first = Appointment.objects.get(pk=booked.appointment.pk)
    assert (first.status, first.paid) == ("expired", 0)
    payment = payment_of(first)
    assert (payment.status, payment.allocation) == ("approved", "credited")
    assert list(Occupancy.objects.values_list("source_id", flat=True)) == [rival.pk]
    assert told(AppointmentConfirmed.topic) == []
    assert Appointment.objects.get(pk=rival.pk).status == "pending_payment"


def test_na_23_late_money_takes_the_time_from_another_hold_that_has_ended_too(book: Book) -> None:
    first = book()
    second = book(client_id=UserFactory.create().pk, now=LATE).appointment

    pay(first, now=LATE + timedelta(minutes=20))

    second.refresh_from_db()
    assert second.status == "expired"
    assert payment_of(first.appointment).allocation == "accepted"
    assert list(Occupancy.objects.values_list("source_id", flat=True)) == [first.appointment.pk]


@pytest.mark.parametrize("tidied", [True, False])
def test_money_that_comes_after_the_start_becomes_credit_tidied_up_or_not(
    book: Book, tidied: bool
) -> None:
    booked = book()
    if tidied:
        expire_unpaid_holds(now=LATE)

    pay(booked, now=MONDAY_TEN)

    visit = Appointment.objects.get()
    assert (visit.status, visit.paid) == ("expired" if tidied else "pending_payment", 0)
    assert payment_of(visit).allocation == "credited"


def test_a_second_payment_of_a_certain_visit_becomes_credit(book: Book) -> None:
    booked = pay(book(), now=NOW)

    pay(booked, now=NOW + timedelta(minutes=1), attempt=2)

    visit = Appointment.objects.get()
    assert (visit.status, visit.paid) == ("confirmed", 48_000)
    assert told(AppointmentConfirmed.topic) == [str(visit.pk)]
    assert Occupancy.objects.count() == 1


def test_the_answer_to_finances_names_its_branch(book: Book) -> None:
    visit = book().appointment
    gone = Appointment(pk=uuid4(), client_id=visit.client_id, currency="COP")

    answers = [
        settle(gone, now=NOW),
        settle(visit, now=NOW, amount="120000.01"),
        settle(visit, now=NOW),
        settle(visit, now=NOW),
        settle(visit, now=NOW, amount="72000.01"),
    ]

    assert [(answer.fate, answer.branch) for answer in answers] == [
        (Fate.CREDITED, "gone"),
        (Fate.CREDITED, "overpaid"),
        (Fate.ACCEPTED, ""),
        (Fate.CREDITED, "twice"),
        (Fate.CREDITED, "overpaid"),
    ]
    assert all(answer.reason for answer in answers if answer.fate is Fate.CREDITED)
    visit.refresh_from_db()
    assert visit.paid == 48_000


def test_each_late_branch_is_named(book: Book) -> None:
    taken, retaken, past = (
        book(client_id=UserFactory.create().pk, start=local(day, 10)).appointment
        for day in (8, 9, 10)
    )
    expire_unpaid_holds(now=LATE)
    book(client_id=UserFactory.create().pk, start=local(8, 10), now=LATE)

    assert settle(taken, now=LATE).branch == "taken"
    assert settle(retaken, now=LATE).branch == "retaken"
    assert settle(past, now=local(10, 10)).branch == "past"


def test_a_visit_is_described_by_its_services(book: Book, service: Service) -> None:
    visit = book().appointment

    assert AppointmentPayable().describe(payable_id=visit.pk) == service.name
    assert AppointmentPayable().describe(payable_id=uuid4()) == "tu cita"


@pytest.mark.django_db(transaction=True)
def test_na_23_paying_expiring_and_a_rival_at_once_leave_exactly_one_truth(
    book: Book, location: Location
) -> None:
    """Whatever wins, the money is the visit's or the client's, and the time is one person's."""
    RoomFactory.create(location=location)
    Service.objects.update(required_room="CABIN")
    fates = set()

    for number in rounds(few=6, many=30):
        start = local(7 + number % 10, 9 + number // 10 * 3)
        now = NOW + timedelta(hours=number)
        booked = book(client_id=UserFactory.create().pk, start=start, now=now)
        rival_id, later = UserFactory.create().pk, now + timedelta(minutes=20)
        calls = [
            partial(pay, booked, now=later),
            partial(expire_unpaid_holds, now=later),
            partial(book, client_id=rival_id, start=start, now=later),
        ]
        meet = one_by_one if number < 3 else race
        paid, expired, rival = _in_order(meet(_rotated(calls, number)), number)

        assert isinstance(paid, Booked), paid
        assert isinstance(expired, int), expired
        assert isinstance(rival, (Booked, errors.SlotTaken)), rival
        fates.add(_the_one_truth(booked.appointment, rival))

    assert count_overlaps() == 0
    # The race is real only if it ends in both ways.
    assert fates == {"accepted", "credited"}


def _the_one_truth(first: Appointment, rival: Any) -> str:
    visit, payment = Appointment.objects.get(pk=first.pk), payment_of(first)
    rows = Occupancy.objects.filter(source_id=visit.pk)
    assert payment.status == "approved"
    if payment.allocation == "accepted":
        assert (visit.status, visit.paid) == ("confirmed", visit.deposit)
        assert [row.hold_expires_at for row in rows] == [None, None]
        assert isinstance(rival, errors.SlotTaken)
    else:
        assert payment.allocation == "credited"
        assert (visit.status, visit.paid) == ("expired", 0)
        assert not rows
        assert isinstance(rival, Booked)
        assert Occupancy.objects.filter(source_id=rival.appointment.pk).count() == 2
    return payment.allocation


def _rotated(calls: list[Any], number: int) -> list[Any]:
    """Nobody is always the first thread to run."""
    turn = number % len(calls)
    return calls[turn:] + calls[:turn]


def _in_order(outcomes: list[Any], number: int) -> list[Any]:
    """The outcomes as the calls were before `_rotated`."""
    turn = number % len(outcomes)
    return outcomes[len(outcomes) - turn :] + outcomes[: len(outcomes) - turn]
