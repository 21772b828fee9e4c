"""Strikes of one client at the same instant, and what else they do meanwhile (SPA-10, NA-13)."""

import re
from collections.abc import Sequence
from functools import partial
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from core import testing
from core.testing import queue, race, rounds, until_somebody_waits
from finances.selectors.ledger import get_credit
from finances.steps.settlement import settle
from spa.models import Appointment, Occupancy
from spa.services.counter import pay_balance
from spa.steps.booking import Booked
from spa.steps.strikes import cancel_ahead
from spa.tests.conftest import NOW, Book, local, rule_that
from spa.tests.ledger import approved, payment_of
from spa.tests.test_cancellation import read_without_lock
from spa.tests.visits import (
    LATE,
    cancel,
    certain,
    certain_visits,
    is_banned,
    strikes_of,
    told,
)
from users.errors import Banned
from users.events import PersonBanned
from users.steps.locks import lock_person
from users.tests.factories import UserFactory


def strikes_at_once(book: Book) -> tuple[Any, list[Any]]:
    """Three late cancellations of one client at the same instant."""
    visits = certain_visits(book, 3)
    return visits[0].client_id, race([partial(cancel, visit, now=LATE) for visit in visits])


@pytest.mark.django_db(transaction=True)
def test_three_strikes_at_once_ban_exactly_once(book: Book) -> None:
    for _ in rounds(few=2, many=10):
        Occupancy.objects.all().delete()
        client_id, outcomes = strikes_at_once(book)

        # The third call may find its visit cancelled by the ban, but only after the ban.
        refused = [o for o in outcomes if isinstance(o, Exception)]
        assert refused == []
        assert is_banned(client_id)
        assert len(strikes_of(client_id)) == 3
        bans = [e for e in told(PersonBanned.topic) if e["person_id"] == str(client_id)]
        assert len(bans) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_persons_lock_the_ban_is_missed(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.services.cancellation.lock_visit", read_without_lock)
    # Each has counted its strikes before any of them can commit.
    monkeypatch.setattr(testing, "meet_before", re.compile("core_auditentry|advisory"))
    # The audit log is one queue: it would hide the race, though it is not there for that.
    monkeypatch.setattr("spa.steps.cancelling._audit", lambda *told: None)

    client_id, _outcomes = strikes_at_once(book)

    assert not is_banned(client_id)


def book_while_banned(book: Book) -> None:
    """A last strike, and a booking of the same person, at the same instant; then the truth."""
    rule_that(strikes_limit=1)
    for number in rounds(few=3, many=20):
        client = UserFactory.create(role="vip")
        start = local(7, 9 + number % 7)
        Occupancy.objects.all().delete()
        visit = certain(book, client_id=client.pk, is_vip=True, start=start)
        outcomes = race(
            [
                partial(cancel, visit, now=LATE),
                partial(book, client_id=client.pk, is_vip=True, start=local(8, 10), now=LATE),
            ]
        )
        assert isinstance(outcomes[1], (Booked, Banned)), outcomes
        assert is_banned(client.pk)
        standing = Appointment.objects.filter(client=client, status="pending_payment")
        assert not standing.exists(), "a banned person has a visit ahead"


@pytest.mark.django_db(transaction=True)
def test_nobody_books_past_their_own_ban(book: Book) -> None:
    book_while_banned(book)


@pytest.mark.django_db(transaction=True)
def test_control_a_lock_that_does_not_look_at_the_ban_books_past_it(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spa.steps.limits.lock_welcome_person", lock_person)

    with pytest.raises(AssertionError, match="a banned person has a visit ahead"):
        book_while_banned(book)


def end_all(client_id: UUID) -> int:
    """What a ban does to what somebody has ahead."""
    with transaction.atomic():
        lock_person(person_id=client_id)
        return cancel_ahead(client_id=client_id, actor_id=None, now=NOW)


def settled(visits: Sequence[Appointment]) -> None:
    """The money for all of them is there."""
    with transaction.atomic():
        settle([approved(payment_of(visit), now=NOW) for visit in visits], now=NOW)


def hold(visit: Appointment) -> None:
    """Somebody else has the visit."""
    Appointment.objects.select_for_update(no_key=True).get(pk=visit.pk)


@pytest.mark.django_db(transaction=True)
def test_na_13_a_deposit_that_comes_while_its_client_is_banned_comes_back(book: Book) -> None:
    visit, is_paid = book().appointment, Event()

    def paying() -> None:
        with transaction.atomic():
            settle([approved(payment_of(visit), now=NOW)], now=NOW)
            is_paid.set()
            until_somebody_waits()

    def ending() -> int:
        assert is_paid.wait(10)
        return end_all(visit.client_id)

    assert race([paying, ending]) == [None, 1]
    assert get_credit(client_id=visit.client_id, currency="COP") == 48_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_ban", [True, False])
def test_who_settles_and_who_ends_visits_lock_them_in_one_order(book: Book, is_ban: bool) -> None:
    """The one in the middle is held until both have come as far as they can."""
    rule_that(open_holds_limit=3, client_active_limit=3)
    visits = [book(start=local(7, hour)).appointment for hour in (9, 11, 13)]
    client_id = visits[0].client_id
    ending = partial(end_all, client_id) if is_ban else partial(cancel, visits[0], now=NOW)

    outcomes = queue([partial(settled, visits), ending], behind=partial(hold, visits[1]))

    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    assert get_credit(client_id=client_id, currency="COP") == (3 if is_ban else 1) * 48_000


@pytest.mark.django_db(transaction=True)
def test_who_settles_and_who_is_banned_for_a_visit_lock_all_they_have_ahead_in_one_order(
    book: Book,
) -> None:
    """Who settles first takes the older visit, of which the other one need not know yet."""
    rule_that(strikes_limit=1, client_active_limit=3)
    other = book(start=local(28, 10), now=LATE).appointment
    visit = certain(book)
    pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=LATE)

    outcomes = queue(
        [partial(settled, [other, visit]), partial(cancel, visit, now=LATE)],
        behind=partial(hold, other),
    )

    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    assert is_banned(visit.client_id)
    assert not Appointment.objects.exclude(status="cancelled").exists()
