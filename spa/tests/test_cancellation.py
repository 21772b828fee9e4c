"""Cancelling: by the frozen terms, all at once, and only once (SPA-10, NA-13, NA-23)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from core.testing import race
from finances.models import CreditLot
from spa import errors
from spa.domain.terms import Terms
from spa.events import AppointmentCancelled
from spa.models import Appointment, Occupancy, Service, Strike
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.ledger import nothing_changes, pay, payment_of
from spa.tests.visits import (
    LATE,
    audited,
    books,
    cancel,
    certain,
    history,
    strikes_of,
    told,
)
from users.models import User
from users.tests.factories import UserFactory

IN_TIME = MONDAY_TEN - timedelta(hours=24)


def test_na_13_in_time_all_that_was_paid_becomes_credit(book: Book) -> None:
    visit = certain(book)

    done = cancel(visit, now=IN_TIME)

    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_at, visit.paid) == ("cancelled", IN_TIME, 48_000)
    assert (done.decision.credit, done.decision.kept) == (48_000, 0)
    assert not Occupancy.objects.exists()
    assert strikes_of(visit.client_id) == []
    assert books() == {"gateway_clearing": 48_000, "client_credit": 48_000}
    (lot,) = CreditLot.objects.all()
    assert (lot.client_id, lot.remaining, lot.issued_at) == (visit.client_id, 48_000, IN_TIME)
    assert history(visit)[-1] == ("confirmed", "cancelled", "free")
    (event,) = told(AppointmentCancelled.topic)
    assert (event["appointment_id"], event["credit"]) == (str(visit.pk), "48000.00")
    assert (event["grounds"], event["by_staff"]) == ("free", False)
    (entry,) = audited("spa.appointment.cancelled")
    assert entry.subject_id == str(visit.pk)
    assert entry.facts["credit"] == "48000.00"


def test_na_13_late_what_was_paid_is_kept_by_the_terms_and_it_is_a_strike(book: Book) -> None:
    rule_that(late_cancellation_credit_percent=25)
    visit = certain(book)

    cancel(visit, now=IN_TIME + timedelta(microseconds=1))

    assert books() == {
        "gateway_clearing": 48_000, "client_credit": 12_000, "revenue_forfeited": 36_000,
    }  # fmt: skip
    assert strikes_of(visit.client_id) == [("late_cancellation", False)]
    assert told(AppointmentCancelled.topic)[0]["grounds"] == "late"
    assert len(audited("spa.strike.given")) == 1


def test_na_12_the_terms_of_the_day_it_was_booked_hold_whatever_the_rules_are_now(
    book: Book,
) -> None:
    visit = certain(book)
    rule_that(
        free_cancellation_hours=48,
        late_cancellation_credit_percent=0,
        partial_cancellation_hours=48,
    )

    done = cancel(visit, now=IN_TIME)

    assert done.decision.credit == 48_000
    # And can be found again from what is stored.
    visit.refresh_from_db()
    again = Terms.load(visit.policy).cancellation(now=visit.cancelled_at, paid=visit.paid)
    assert again == done.decision


def test_staff_may_waive_the_terms_with_a_reason(book: Book) -> None:
    visit, desk = certain(book), UserFactory.create(staff=True)

    cancel(
        visit, now=LATE, by_staff=True, is_waived=True, reason="se inundó la sala", actor_id=desk.pk
    )

    assert books() == {"gateway_clearing": 48_000, "client_credit": 48_000}
    assert strikes_of(visit.client_id) == []
    assert history(visit)[-1] == ("confirmed", "cancelled", "waived: se inundó la sala")
    (entry,) = audited("spa.appointment.cancelled")
    assert (entry.actor_id, entry.facts["reason"]) == (desk.pk, "se inundó la sala")


def test_nobody_waives_without_a_reason(book: Book) -> None:
    visit = certain(book)

    with pytest.raises(errors.ReasonMissing), nothing_changes():
        cancel(visit, now=LATE, by_staff=True, is_waived=True)


def test_staff_who_cancel_for_a_client_cancel_by_the_terms(book: Book) -> None:
    visit = certain(book)

    cancel(visit, now=LATE, by_staff=True, actor_id=UserFactory.create(staff=True).pk)

    assert books() == {"gateway_clearing": 48_000, "revenue_forfeited": 48_000}
    assert strikes_of(visit.client_id) == [("late_cancellation", False)]


def test_giving_up_an_unpaid_visit_frees_its_time_and_costs_nothing(book: Book) -> None:
    visit = book(start=MONDAY_TEN, now=LATE).appointment

    cancel(visit, now=LATE + timedelta(minutes=1))

    visit.refresh_from_db()
    assert (visit.status, visit.hold_expires_at) == ("cancelled", None)
    assert payment_of(visit).status == "expired"
    assert not Occupancy.objects.exists()
    assert strikes_of(visit.client_id) == []
    assert books() == {}
    assert audited("spa.appointment.cancelled") == []


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(minutes=10)])
def test_a_client_cannot_cancel_what_has_begun(book: Book, delay: timedelta) -> None:
    visit = certain(book)

    with pytest.raises(errors.VisitBegun), nothing_changes():
        cancel(visit, now=MONDAY_TEN + delay)


def test_nobody_cancels_somebody_elses_visit_or_learns_of_it(book: Book) -> None:
    visit = certain(book)
    visit.client_id = UserFactory.create().pk

    with pytest.raises(errors.AppointmentNotFound), nothing_changes():
        cancel(visit, now=NOW)


def test_cancelling_twice_has_no_second_effect(book: Book) -> None:
    visit = certain(book)
    cancel(visit, now=LATE)

    with pytest.raises(errors.TransitionRefused), nothing_changes():
        cancel(visit, now=LATE + timedelta(minutes=1))


@pytest.mark.parametrize("status", ["checked_in", "completed", "no_show", "expired"])
def test_what_is_over_or_under_way_cannot_be_cancelled(book: Book, status: str) -> None:
    visit = certain(book)
    Appointment.objects.update(status=status, completed_at=NOW)

    with pytest.raises(errors.TransitionRefused), nothing_changes():
        cancel(visit, now=LATE, by_staff=True)


def test_na_23_money_that_comes_after_cancelling_is_credit_and_revives_nothing(book: Book) -> None:
    booked = book()
    cancel(booked.appointment, now=NOW)
    rival = book(client_id=UserFactory.create().pk).appointment

    pay(booked, now=NOW + timedelta(minutes=1))

    visit = Appointment.objects.get(pk=booked.appointment.pk)
    assert (visit.status, visit.paid) == ("cancelled", 0)
    assert payment_of(visit).allocation == "credited"
    assert books() == {"gateway_clearing": 48_000, "client_credit": 48_000}
    assert set(Occupancy.objects.values_list("source_id", flat=True)) == {rival.pk}


def test_na_23_a_second_approval_after_cancelling_is_credit_too(book: Book) -> None:
    booked = pay(book(), now=NOW)
    cancel(booked.appointment, now=NOW)

    pay(booked, now=NOW + timedelta(minutes=1), attempt=2)

    assert books() == {"gateway_clearing": 96_000, "client_credit": 96_000}


def test_a_visit_with_nothing_to_pay_is_cancelled_by_the_same_terms(book: Book) -> None:
    Service.objects.update(deposit_percent=0)
    visit = book().appointment

    cancel(visit, now=LATE)

    assert books() == {}
    assert strikes_of(visit.client_id) == [("late_cancellation", False)]


def eight_at_once(book: Book, monkeypatch: Any = None) -> tuple[Appointment, list[Any]]:
    """A certain visit, and what eight calls of its client to cancel it late came to."""
    visit = certain(book)
    return visit, race([partial(cancel, visit, now=LATE)] * 8)


@pytest.mark.django_db(transaction=True)
def test_na_13_eight_at_once_cancel_once(book: Book) -> None:
    rule_that(late_cancellation_credit_percent=50)

    visit, outcomes = eight_at_once(book)

    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.TransitionRefused)]
    assert len(refused) == 7
    assert books() == {
        "gateway_clearing": 48_000, "client_credit": 24_000, "revenue_forfeited": 24_000,
    }  # fmt: skip
    assert CreditLot.objects.count() == Strike.objects.count() == 1
    assert len(told(AppointmentCancelled.topic)) == 1
    assert [step for step in history(visit) if step[1] == "cancelled"] == [
        ("confirmed", "cancelled", "late")
    ]


@pytest.mark.django_db(transaction=True)
def test_na_13_control_without_the_lock_the_same_race_is_seen(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several calls then believe that they cancelled it; the ledger alone still pays once."""
    monkeypatch.setattr("spa.services.cancellation.lock_visit", read_without_lock)

    visit, outcomes = eight_at_once(book)

    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.TransitionRefused)]
    assert len(refused) < 7
    assert len([step for step in history(visit) if step[1] == "cancelled"]) > 1


def read_without_lock(**asked: Any) -> Appointment:
    """The visit as it is at this moment, for whoever asks at this moment."""
    return Appointment.objects.select_related("location").get(pk=asked["appointment_id"])


@pytest.mark.django_db(transaction=True)
def test_na_23_cancelling_paying_and_expiring_at_once_leave_one_truth(book: Book) -> None:
    """Whoever comes first: the money is the client's credit, or paid for a visit that stands."""
    ends = set()
    for number in range(24):
        # Which of them is first is the machine's choice: until both ends have been seen.
        if number >= 8 and {"cancelled", "confirmed"} <= ends:
            break
        client = UserFactory.create()
        start = local(7 + number % 6, 9 + number // 6 * 2)
        booked = book(client_id=client.pk, start=start)
        over = NOW + timedelta(minutes=20)
        calls = [
            partial(pay, booked, now=over),
            partial(cancel, booked.appointment, now=over),
            partial(expire_unpaid_holds, now=over),
        ]
        turn = number % 3
        outcomes = race(calls[turn:] + calls[:turn])

        refusals = [o for o in outcomes if isinstance(o, Exception)]
        assert all(isinstance(o, errors.TransitionRefused) for o in refusals), refusals
        ends.add(_truth_of(booked.appointment))
    assert {"cancelled", "confirmed"} <= ends
    held = CreditLot.objects.count() * Decimal(48_000)
    assert books()["client_credit"] == held


def _truth_of(first: Appointment) -> str:
    visit = Appointment.objects.get(pk=first.pk)
    has_time = Occupancy.objects.filter(source_id=visit.pk).exists()
    payment = payment_of(visit)
    assert payment.status == "approved"
    assert has_time == (visit.status == "confirmed")
    credit = sum(lot.amount for lot in CreditLot.objects.filter(client_id=visit.client_id))
    if visit.status == "confirmed":
        assert (visit.paid, credit) == (48_000, 0)
    else:
        assert (visit.status, credit) in {("cancelled", 48_000), ("expired", 48_000)}
    return visit.status


def test_a_visit_that_does_not_exist_is_not_found(client_user: User) -> None:
    nobody = Appointment(pk=uuid4(), client_id=client_user.pk)

    with pytest.raises(errors.AppointmentNotFound):
        cancel(nobody, now=NOW)
