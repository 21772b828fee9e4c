"""Money for one visit from several sides at the same instant (SPA-08, NA-23)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from core.testing import race, rounds
from finances.models import CounterPayment
from spa import errors
from spa.models import Appointment, Occupancy
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import NOW, Book
from spa.tests.ledger import settle_visits
from spa.tests.test_cancellation import read_without_lock
from spa.tests.visits import Take, balance, certain, taking
from users.tests.factories import UserFactory


@pytest.fixture
def take(db: None) -> Take:
    """Take the balance of 72 000 in cash, without a tip."""
    return taking(UserFactory.create(staff=True))


def paying_at_once(book: Book, take: Take) -> Appointment:
    """Two desks, and the gateway, with the whole balance at the same instant."""
    visit = certain(book, client_id=UserFactory.create().pk)
    told_of = balance(visit, now=NOW)
    race(
        [
            partial(take, appointment_id=visit.pk),
            partial(settle_visits, told_of, now=NOW),
            partial(take, appointment_id=visit.pk, method="card"),
        ]
    )
    visit.refresh_from_db()
    return visit


@pytest.mark.django_db(transaction=True)
def test_paying_at_once_takes_the_balance_once(book: Book, take: Take) -> None:
    for _ in rounds(few=2, many=20):
        Occupancy.objects.all().delete()
        before = CounterPayment.objects.count()
        visit = paying_at_once(book, take)

        assert visit.paid == 120_000
        assert CounterPayment.objects.count() - before <= 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_balance_is_taken_twice(
    book: Book, take: Take, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.counter.lock_visit", read_without_lock)

    paying_at_once(book, take)

    assert CounterPayment.objects.count() > 1


@pytest.mark.django_db(transaction=True)
def test_the_desk_and_the_end_of_the_hold_at_once_leave_one_truth(book: Book, take: Take) -> None:
    over = NOW + timedelta(minutes=20)
    for _ in rounds(few=2, many=20):
        Occupancy.objects.all().delete()
        visit = book(client_id=UserFactory.create().pk).appointment
        taken, _ended = race(
            [
                partial(take, appointment_id=visit.pk, amount=Decimal(48_000), now=over),
                partial(expire_unpaid_holds, now=over),
            ]
        )

        visit.refresh_from_db()
        has_time = Occupancy.objects.filter(source_id=visit.pk, hold_expires_at=None).exists()
        if isinstance(taken, Appointment):
            assert (visit.status, visit.paid, has_time) == ("confirmed", 48_000, True)
        else:
            assert isinstance(taken, errors.VisitNotPayable)
            assert (visit.status, visit.paid, has_time) == ("expired", 0, False)
