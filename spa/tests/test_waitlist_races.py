"""Offering, accepting, letting go and booking at the same instant (SPA-12, NA-15)."""

from collections.abc import Iterator
from datetime import time, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.testing import race, until_somebody_waits
from spa.domain.waiting import Span
from spa.models import (
    ONE_OPEN_OFFER,
    Appointment,
    WaitlistEntry,
    WaitlistOffer,
    WeeklyHours,
)
from spa.services.booking import Booked
from spa.services.waitlist_sweep import sweep_waitlist
from spa.steps import waitlist_joining, waitlist_offers
from spa.steps.occupancy import release
from spa.steps.waitlist import lock_line
from spa.tests.conftest import NOW, Book, local
from spa.tests.factories import LocationFactory, StaffFactory
from spa.tests.ledger import count_overlaps
from spa.tests.waitlist import (
    HOUR,
    MONDAY,
    TEN,
    held,
    look_again,
    names,
    offer_of,
    offers,
    the_only_start_is_taken,
    wait,
)
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(book: Book) -> Appointment:
    return the_only_start_is_taken(book)


def freed_for(visit: Appointment, people: int) -> list[WaitlistEntry]:
    """So many wait for a visit whose time is free now; nobody has offered it yet."""
    entries = [wait(now=NOW + timedelta(seconds=n)) for n in range(people)]
    with transaction.atomic():
        release(source_ids=[visit.pk])
    return entries


# --- several workers and one line ---


def many_starts(visit: Appointment) -> list[WaitlistEntry]:
    """Three starts come free for three who wait for any of them."""
    entries = freed_for(visit, 3)
    WeeklyHours.objects.update(ends=time(13, 40))
    return entries


def hand_out_at_once(visit: Appointment) -> list[Any]:
    """Four workers handle the same freed time."""
    freed = [Span(TEN.begins, TEN.begins + timedelta(hours=4))]
    return race([partial(look_again, visit.location_id, freed, now=NOW)] * 4)


def test_several_workers_with_one_freed_slot_make_one_offer_to_the_first(
    visit: Appointment,
) -> None:
    first, _ = freed_for(visit, 2)

    outcomes = race([partial(look_again, visit.location_id, [TEN], now=NOW)] * 4)

    assert sorted(outcomes) == [0, 0, 0, 1]
    assert offers() == [(first.pk, "open")]
    assert len(held()) == 1


def test_several_workers_give_each_who_waits_one_offer_in_the_order_of_the_line(
    visit: Appointment,
) -> None:
    entries = many_starts(visit)

    outcomes = hand_out_at_once(visit)

    assert sorted(outcomes) == [0, 0, 0, 3]
    assert [offer_of(entry).starts_at for entry in entries] == [
        local(7, 10), local(7, 11, 15), local(7, 12, 30),
    ]  # fmt: skip
    assert count_overlaps() == 0


def overlapping_workers(visit: Appointment) -> list[Any]:
    """One worker has offered the start at ten and not committed yet; another looks at it all."""
    offered = Event()

    def one() -> None:
        with transaction.atomic():
            look_again(visit.location_id, [TEN], now=NOW)
            offered.set()
            until_somebody_waits()

    def other() -> int:
        assert offered.wait(10)
        freed = [Span(TEN.begins, TEN.begins + 4 * HOUR)]
        return look_again(visit.location_id, freed, now=NOW)

    return race([one, other])


def test_na_15_a_worker_waits_for_what_another_has_offered_and_goes_on_from_there(
    visit: Appointment,
) -> None:
    first, second, third = many_starts(visit)

    assert overlapping_workers(visit) == [None, 2]

    assert offers() == [(entry.pk, "open") for entry in (first, second, third)]


def test_two_workers_the_database_alone_would_stop_the_second_offer(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waitlist_offers, "lock_line", lambda **_: None)
    first, _, _ = many_starts(visit)

    _, refused = overlapping_workers(visit)

    assert isinstance(refused, IntegrityError)
    assert ONE_OPEN_OFFER in str(refused)
    assert offers() == [(first.pk, "open")]


@pytest.fixture
def without_the_line(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Nobody waits for the line, and the database forgets what it knows of open offers."""
    monkeypatch.setattr(waitlist_offers, "lock_line", lambda **_: None)
    (guard,) = (c for c in WaitlistOffer._meta.constraints if c.name == ONE_OPEN_OFFER)
    with connection.schema_editor() as editor:
        editor.remove_constraint(WaitlistOffer, guard)
    yield
    WaitlistOffer.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(WaitlistOffer, guard)


def test_control_without_the_line_somebody_is_offered_two_times_at_once(
    without_the_line: None, visit: Appointment
) -> None:
    first, _, _ = many_starts(visit)

    overlapping_workers(visit)

    assert [entry_id for entry_id, _ in offers()].count(first.pk) == 2


# --- an offer and everybody else ---


def race_for_ten(visit: Appointment, book: Book) -> list[Any]:
    """A worker offers the freed start while four people book it."""
    rivals = UserFactory.create_batch(4)
    return race(
        [partial(look_again, visit.location_id, [TEN], now=NOW)]
        + [partial(book, client_id=rival.pk) for rival in rivals]
    )


def test_na_15_a_freed_start_is_offered_or_booked_and_never_both(
    visit: Appointment, book: Book
) -> None:
    freed_for(visit, 1)

    outcomes = race_for_ten(visit, book)

    booked = sum(isinstance(outcome, Booked) for outcome in outcomes)
    assert booked + len(held()) == 1
    assert names(outcomes).count("SlotTaken") == 4 - booked
    assert count_overlaps() == 0


def test_control_without_the_constraint_it_is_offered_and_booked(
    visit: Appointment, book: Book, without_guard: None, all_read_first: None
) -> None:
    freed_for(visit, 1)

    race_for_ten(visit, book)

    assert count_overlaps() > 0


def join_at_once() -> list[Any]:
    client = UserFactory.create()
    return race([partial(wait, client)] * 6)


def test_na_12_one_persons_parallel_requests_never_wait_more_often_than_the_rule(
    visit: Appointment,
) -> None:
    assert names(join_at_once()) == ["WaitlistEntry"] * 3 + ["WaitlistLimitReached"] * 3


def test_control_without_the_persons_lock_they_do(
    visit: Appointment, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waitlist_joining, "lock_welcome_person", lambda **_: None)

    assert names(join_at_once()).count("WaitlistEntry") > 3


def test_na_34_a_place_whose_line_is_busy_keeps_no_other_place_waiting(
    visit: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    here, elsewhere = visit.location_id, LocationFactory.create()
    StaffFactory.create(location=elsewhere)
    (entry,) = freed_for(visit, 1)
    other = WaitlistEntry.objects.create(
        client=UserFactory.create(), location=elsewhere, date_from=MONDAY, date_to=MONDAY,
        joined_at=NOW, joined_by=entry.client,
    )  # fmt: skip
    service = entry.wanted.get().service
    service.locations.add(elsewhere)
    other.wanted.create(service=service, position=0)
    locked, done = Event(), Event()

    def busy() -> None:
        with transaction.atomic():
            lock_line(location_id=here)
            locked.set()
            assert done.wait(10)

    def sweeping() -> None:
        assert locked.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            sweep_waitlist(now=NOW)
        finally:
            done.set()

    assert race([busy, sweeping]) == [None, None]

    assert offers() == [(other.pk, "open")]
    assert "waitlist not tended" in caplog.text
