"""Several answers to one offer at the same instant (SPA-12, NA-15)."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.models import Location
from core.testing import race, until_somebody_waits
from spa import errors
from spa.models import (
    Appointment,
    Occupancy,
    WaitlistEntry,
    WaitlistOffer,
)
from spa.services import waitlist_acceptance
from spa.services.booking import Booked
from spa.services.waitlist import leave_waitlist
from spa.services.waitlist_acceptance import accept_offer
from spa.services.waitlist_sweep import expire_offers_at, sweep_line
from spa.steps.occupancy import release
from spa.tests.conftest import NOW, Book, local
from spa.tests.ledger import count_overlaps, pay
from spa.tests.waitlist import (
    LAST_MOMENT,
    TEN,
    accept,
    colleague,
    decline,
    hand_on,
    look_again,
    names,
    offer_of,
    offers,
    the_only_start_is_taken,
    wait,
)
from users.steps.locks import lock_person
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(book: Book) -> Appointment:
    return the_only_start_is_taken(book)


@pytest.fixture
def offer(visit: Appointment) -> WaitlistOffer:
    """The first of two has an offer."""
    first, _ = wait(), wait(now=NOW + timedelta(seconds=1))
    hand_on(visit)
    return offer_of(first)


def test_an_offer_accepted_several_times_at_once_is_one_visit(offer: WaitlistOffer) -> None:
    outcomes = race([partial(accept, offer)] * 4)

    assert names(outcomes) == ["Booked"] + ["OfferClosed"] * 3
    assert Appointment.objects.filter(channel="waitlist").count() == 1
    assert Occupancy.objects.count() == 1


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers look first and act later, as if they were alone."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_: found)
    monkeypatch.setattr(waitlist_acceptance, "lock_welcome_person", lambda **_: None)
    monkeypatch.setattr(waitlist_acceptance, "check_limits", lambda **_: None)


def test_control_without_locks_several_answers_clash(
    without_locks: None, offer: WaitlistOffer
) -> None:
    outcomes = race([partial(accept, offer)] * 4)

    # What the locks say kindly, the rows of the ledger that are gone must say.
    assert names(outcomes).count("OfferClosed") < 3


def accept_while_it_expires(offer: WaitlistOffer) -> bool:
    """Accepted, expired and expired once more in one instant; whether one thing happened."""
    calls = [partial(accept, offer, now=offer.expires_at - timedelta(microseconds=1))]
    outcomes = race([*calls, *[partial(sweep_overdue, offer)] * 2])
    offer.refresh_from_db()
    row = Occupancy.objects.filter(during__contains=offer.starts_at).first()
    if offer.status == "accepted":
        owner = None if row is None else row.source_id
        return names(outcomes) == ["Booked", "int", "int"] and owner == offer.appointment_id
    return names(outcomes) == ["OfferExpired", "int", "int"] and offer.appointment_id is None


def sweep_overdue(offer: WaitlistOffer) -> int:
    return expire_offers_at(location_id=offer.entry.location_id, now=offer.expires_at)


def offers_on_ten_days(book: Book) -> Iterator[WaitlistOffer]:
    """Day after day somebody has an offer; nobody else waits."""
    for day in range(7, 17):
        start = local(day, 10)
        visit = book(client_id=UserFactory.create().pk, start=start).appointment
        entry = wait(date_from=start.date(), date_to=start.date())
        hand_on(visit)
        yield offer_of(entry)


def test_na_15_an_offer_that_is_accepted_while_it_expires_is_one_or_the_other(
    visit: Appointment, book: Book
) -> None:
    release_all(visit)

    assert all(accept_while_it_expires(offer) for offer in offers_on_ten_days(book))
    assert count_overlaps() == 0


def expire_before_it_is_committed(offer: WaitlistOffer) -> list[Any]:
    """Accepted, but not committed yet, when its time to answer ends."""
    accepted, done = Event(), Event()

    def accepting() -> bool:
        mine = offer.entry.client_id
        with transaction.atomic():
            accept_offer.body(offer_id=offer.pk, client_id=mine, actor_id=mine, now=NOW)
            accepted.set()
            return until_somebody_waits(or_until=done)

    def expiring() -> int:
        assert accepted.wait(10)
        try:
            return sweep_overdue(offer)
        finally:
            done.set()

    return race([accepting, expiring])


def test_na_15_who_accepts_first_is_left_alone_by_the_clock(offer: WaitlistOffer) -> None:
    # Nor does the clock wait for them, with the place's line in its hands.
    assert expire_before_it_is_committed(offer) == [False, 0]

    offer.refresh_from_db()
    assert offer.status == "accepted"
    assert Occupancy.objects.get().source_id == offer.appointment_id


def test_control_without_locks_the_clock_ends_what_was_accepted(
    without_locks: None, offer: WaitlistOffer
) -> None:
    _, clash = expire_before_it_is_committed(offer)

    # Only the table itself still knows that an accepted offer is a visit.
    assert isinstance(clash, IntegrityError)
    assert "spa_waitlistoffer_accepted_is_a_visit" in str(clash)


def accept_before_its_end_is_committed(offer: WaitlistOffer) -> Any:
    """Ended, but not committed yet, when the person accepts at the last moment."""
    ended = Event()

    def ending() -> None:
        with transaction.atomic():
            expire_offers_at.body(location_id=offer.entry.location_id, now=offer.expires_at)
            ended.set()
            until_somebody_waits()

    def accepting() -> Booked:
        assert ended.wait(10)
        return accept(offer, now=LAST_MOMENT)

    return race([ending, accepting])[1]


def test_na_15_who_accepts_what_is_ending_waits_and_is_told(offer: WaitlistOffer) -> None:
    assert isinstance(accept_before_its_end_is_committed(offer), errors.OfferExpired)

    assert [status for _, status in offers()] == ["expired", "open"]
    assert not Appointment.objects.filter(channel="waitlist").exists()


def test_who_waits_for_their_own_person_keeps_no_offer_from_the_clock(offer: WaitlistOffer) -> None:
    """The person is locked before the offer, here as everywhere."""
    is_held = Event()

    def ending() -> int:
        with transaction.atomic():
            lock_person(person_id=offer.entry.client_id)
            is_held.set()
            until_somebody_waits()
            return expire_offers_at.body(location_id=offer.entry.location_id, now=offer.expires_at)

    def accepting() -> Booked:
        assert is_held.wait(10)
        return accept(offer, now=LAST_MOMENT)

    handed_on, refused = race([ending, accepting])

    assert handed_on == 1
    assert isinstance(refused, errors.OfferExpired)


def test_even_without_locks_nobody_books_time_that_is_not_kept_any_more(
    without_locks: None, offer: WaitlistOffer
) -> None:
    assert isinstance(accept_before_its_end_is_committed(offer), errors.OfferExpired)


def test_control_without_looking_at_the_ledger_they_do(
    without_locks: None, offer: WaitlistOffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = waitlist_acceptance.hand_over
    monkeypatch.setattr(waitlist_acceptance, "hand_over", lambda **to: max(real(**to), 1))

    booked = accept_before_its_end_is_committed(offer)

    assert isinstance(booked, Booked)
    assert not Occupancy.objects.filter(source_id=booked.appointment.pk).exists()


def release_all(visit: Appointment) -> None:
    with transaction.atomic():
        release(source_ids=[visit.pk])


def leave(entry: WaitlistEntry) -> None:
    leave_waitlist(entry_id=entry.pk, client_id=entry.client_id, now=NOW)


def test_leaving_and_accepting_at_once_one_of_them_happens(offer: WaitlistOffer) -> None:
    entry = offer.entry

    outcomes = race([partial(accept, offer), partial(leave, entry)])

    entry.refresh_from_db()
    if entry.status == "booked":
        assert names(outcomes) == ["Booked", "WaitlistEntryClosed"]
    else:
        assert (names(outcomes), entry.status) == (["NoneType", "OfferClosed"], "left")
        assert [status for _, status in offers()] == ["declined", "open"]
    assert Occupancy.objects.count() == 1


def test_answers_of_many_at_once_never_wait_in_a_circle(
    visit: Appointment, location: Location, book: Book
) -> None:
    """Each answer frees time and hands it on, while workers look at the same line."""
    colleagues = [colleague(location) for _ in range(3)]
    others = [
        pay(book(client_id=UserFactory.create().pk, staff_id=c.pk), now=NOW).appointment
        for c in colleagues
    ]
    for number in range(8):
        wait(now=NOW + timedelta(seconds=number))
    for taken in (visit, *others):
        hand_on(taken)
    open_ones = list(WaitlistOffer.objects.filter(status="open"))
    assert len(open_ones) == 4

    outcomes = race(
        [
            partial(accept, open_ones[0]),
            partial(decline, open_ones[1]),
            partial(leave, open_ones[2].entry),
            partial(decline, open_ones[3]),
            partial(sweep_line, location_id=location.pk, now=NOW),
            partial(look_again, location.pk, [TEN], now=NOW),
        ]
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    assert count_overlaps() == 0
    # One is booked; the time of the other three went to the next three in the line.
    assert Occupancy.objects.count() == 4
    assert WaitlistOffer.objects.filter(status="open").count() == 3
