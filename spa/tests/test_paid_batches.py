"""Many visits paid at once: each as if it had been alone, none at a cost of its own (SPA-07)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import OutboxMessage
from core.testing import race
from finances.types import Fate
from spa.events import AppointmentConfirmed
from spa.models import Appointment, AppointmentTransition, Occupancy
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.ledger import arrived, count_overlaps, settle_visits
from users.tests.factories import UserFactory

LATE = NOW + timedelta(minutes=21)


def held(book: Book, count: int) -> list[Appointment]:
    """As many unpaid visits of as many people, at different times."""
    starts = [local(7 + number % 10, 9 + number // 10 * 3) for number in range(count)]
    return [book(client_id=UserFactory.create().pk, start=s).appointment for s in starts]


def announced() -> list[str]:
    """Which visits were confirmed, in the order in which that was published."""
    messages = OutboxMessage.objects.filter(topic=AppointmentConfirmed.topic).order_by("pk")
    return [message.payload["appointment_id"] for message in messages]


def test_twenty_visits_cost_the_statements_of_one(book: Book) -> None:
    visits = held(book, 21)
    costs = []

    for batch in (visits[:1], visits[1:]):
        paid = [arrived(visit, now=NOW) for visit in batch]
        with CaptureQueriesContext(connection) as queries:
            settle_visits(*paid, now=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert set(Appointment.objects.values_list("status", "paid", "hold_expires_at")) == {
        ("confirmed", 48_000, None)
    }
    assert not Occupancy.objects.exclude(hold_expires_at=None).exists()
    assert announced() == [str(visit.pk) for visit in visits]
    steps = AppointmentTransition.objects.filter(to_status="confirmed").order_by("pk")
    assert [step.appointment_id for step in steps] == [visit.pk for visit in visits]


def test_visits_are_locked_in_one_order_by_one_statement(book: Book) -> None:
    visits = sorted(held(book, 4), key=lambda visit: visit.pk, reverse=True)

    with CaptureQueriesContext(connection) as queries:
        settle_visits(*(arrived(visit, now=NOW) for visit in visits), now=NOW)

    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    (locking,) = [sql for sql in locks if 'FROM "spa_appointment"' in sql]
    assert 'ORDER BY "spa_appointment"."id" ASC FOR' in locking


def test_the_second_payment_of_a_visit_in_a_batch_finds_what_the_first_did(book: Book) -> None:
    visit, other = held(book, 2)

    answers = settle_visits(
        arrived(visit, now=NOW), arrived(other, now=NOW), arrived(visit, now=NOW), now=NOW
    )

    assert [answer.branch for answer in answers] == ["", "", "twice"]
    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 48_000)
    assert announced() == [str(visit.pk), str(other.pk)]


def test_a_payment_that_is_refused_does_not_spoil_the_next_for_the_same_visit(book: Book) -> None:
    (visit,) = held(book, 1)

    answers = settle_visits(
        arrived(visit, now=NOW, amount="120000.01"), arrived(visit, now=NOW), now=NOW
    )

    assert [answer.branch for answer in answers] == ["overpaid", ""]
    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 48_000)


def test_time_of_a_visit_whose_money_becomes_credit_is_only_held_as_before(book: Book) -> None:
    overpaid, past, fine = held(book, 3)
    Appointment.objects.filter(pk=past.pk).update(starts_at=NOW - timedelta(hours=1))

    answers = settle_visits(
        arrived(overpaid, now=NOW, amount="120000.01"),
        arrived(past, now=NOW),
        arrived(fine, now=NOW),
        now=NOW,
    )

    assert [answer.branch for answer in answers] == ["overpaid", "past", ""]
    still_held = Occupancy.objects.exclude(hold_expires_at=None)
    assert set(still_held.values_list("source_id", flat=True)) == {overpaid.pk, past.pk}
    assert expire_unpaid_holds(now=LATE) == 2


def test_a_visit_takes_its_time_back_amid_others_that_never_lost_it(book: Book) -> None:
    ended, *others = held(book, 3)
    Appointment.objects.exclude(pk=ended.pk).update(hold_expires_at=LATE + timedelta(minutes=1))
    assert expire_unpaid_holds(now=LATE) == 1

    answers = settle_visits(
        *(arrived(visit, now=LATE) for visit in (others[0], ended, others[1])), now=LATE
    )

    assert [answer.branch for answer in answers] == ["", "retaken", ""]
    assert Occupancy.objects.filter(hold_expires_at=None).count() == 3
    reasons = AppointmentTransition.objects.filter(to_status="confirmed").order_by("pk")
    assert list(reasons.values_list("from_status", "reason")) == [
        ("pending_payment", "deposit paid"),
        ("expired", "late payment"),
        ("pending_payment", "deposit paid"),
    ]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_late_payments_for_one_time_the_first_gets_it(book: Book, turn: int) -> None:
    rivals = []
    for number in range(2):
        now = LATE if number else NOW
        rivals.append(book(client_id=UserFactory.create().pk, now=now).appointment)
    later = LATE + timedelta(minutes=21)
    expire_unpaid_holds(now=later)
    first, second = rivals[::turn]

    answers = settle_visits(arrived(first, now=later), arrived(second, now=later), now=later)

    assert [answer.branch for answer in answers] == ["retaken", "taken"]
    assert Occupancy.objects.get().source_id == first.pk


@pytest.mark.parametrize("turn", [1, -1])
def test_who_still_has_the_time_keeps_it_before_a_late_one_takes_it_back(
    book: Book, turn: int
) -> None:
    ended = book(client_id=UserFactory.create().pk).appointment
    holding = book(client_id=UserFactory.create().pk, now=LATE).appointment
    later = LATE + timedelta(minutes=21)
    paid = [arrived(ended, now=later), arrived(holding, now=later)][::turn]

    allocations = settle_visits(*paid, now=later)
    answers = {told.payable_id: answer for told, answer in zip(paid, allocations, strict=True)}

    assert answers[holding.pk].fate is Fate.ACCEPTED
    assert answers[ended.pk].branch == "taken"
    assert Occupancy.objects.get().source_id == holding.pk
    assert Occupancy.objects.get().during.lower == MONDAY_TEN
    holding.refresh_from_db()
    assert holding.status == "confirmed"


@pytest.mark.django_db(transaction=True)
def test_batches_with_the_same_visits_at_once_confirm_each_once(book: Book) -> None:
    visits = held(book, 6)
    paid = [arrived(visit, now=NOW) for visit in visits]
    batches = [paid, paid[::-1]] * 3

    outcomes = race([partial(settle_visits, *batch, now=NOW) for batch in batches])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    branches = [answer.branch for answers in outcomes for answer in answers]  # type: ignore[union-attr]
    assert sorted(branches) == [""] * 6 + ["twice"] * 30
    assert set(Appointment.objects.values_list("status", "paid")) == {("confirmed", 48_000)}
    assert len(announced()) == 6
    assert count_overlaps() == 0
