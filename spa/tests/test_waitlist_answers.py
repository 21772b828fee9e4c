"""Accepting, declining, and letting an offer go by (SPA-12, NA-15)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from core.errors import DomainError
from core.models import Location
from notifications.models import Notification
from spa import errors
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentTransition,
    ClientRecord,
    Occupancy,
    Resource,
    Service,
    StaffMember,
    WaitlistEntry,
    WaitlistOffer,
)
from spa.services.waitlist_sweep import expire_offers
from spa.steps.lifecycle import PAYABLE_KIND
from spa.steps.waitlist import end_overdue_offers
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.ledger import count_overlaps, nothing_changes, pay, payment_of
from spa.tests.waitlist import (
    HOUR,
    LAST_MOMENT,
    accept,
    colleague,
    decline,
    hand_on,
    held,
    look_again,
    offer_of,
    offers,
    reasons,
    the_only_start_is_taken,
    wait,
)
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def visit(book: Book) -> Appointment:
    return the_only_start_is_taken(book)


@pytest.fixture
def offer(visit: Appointment) -> WaitlistOffer:
    """Monday at ten came free, and is kept for the first of two who wait."""
    first = wait(notes="Sin lavanda")
    wait(now=NOW + timedelta(seconds=1))
    hand_on(visit)
    return offer_of(first)


def test_accepting_books_what_was_offered_and_asks_for_the_deposit(
    offer: WaitlistOffer, therapist: StaffMember
) -> None:
    booked = accept(offer, now=LAST_MOMENT)

    visit = Appointment.objects.get(pk=booked.appointment.pk)
    assert (visit.status, visit.channel) == ("pending_payment", "waitlist")
    assert (visit.client_id, visit.staff_id) == (offer.entry.client_id, therapist.pk)
    assert (visit.starts_at, visit.ends_at) == (MONDAY_TEN, MONDAY_TEN + HOUR)
    assert (visit.total, visit.deposit) == (Decimal("120000.00"), Decimal("48000.00"))
    assert (visit.notes, visit.booked_at, visit.booked_by) == ("Sin lavanda", LAST_MOMENT, None)
    assert visit.hold_expires_at == LAST_MOMENT + timedelta(minutes=20)
    assert visit.policy["cancellation"]
    assert payment_of(visit).amount == Decimal("48000.00")
    assert booked.payment is not None
    item = AppointmentItem.objects.get(appointment=visit)
    assert (item.staff_id, item.starts_at) == (therapist.pk, MONDAY_TEN)
    step = AppointmentTransition.objects.get(appointment=visit)
    assert (step.from_status, step.to_status) == ("", "pending_payment")
    offer.refresh_from_db()
    assert (offer.status, offer.ended_at) == ("accepted", LAST_MOMENT)
    assert offer.appointment_id == visit.pk
    offer.entry.refresh_from_db()
    assert (offer.entry.status, offer.entry.closed_at) == ("booked", LAST_MOMENT)


def test_na_15_the_time_changes_hands_without_being_free_in_between(
    offer: WaitlistOffer,
) -> None:
    row = Occupancy.objects.get()

    visit = accept(offer).appointment

    kept = Occupancy.objects.get()
    assert (kept.pk, kept.during, kept.lanes) == (row.pk, row.during, row.lanes)
    assert (kept.source_kind, kept.source_id) == (PAYABLE_KIND, visit.pk)
    assert kept.hold_expires_at == visit.hold_expires_at
    assert visit.claims == offer.crew["claims"]


def test_an_accepted_visit_is_paid_and_confirmed_like_any_other(offer: WaitlistOffer) -> None:
    booked = accept(offer)

    pay(booked, now=NOW + timedelta(minutes=10))

    assert Appointment.objects.get(pk=booked.appointment.pk).status == "confirmed"
    assert Occupancy.objects.get().hold_expires_at is None


def test_whom_the_client_waited_for_is_remembered(
    visit: Appointment, therapist: StaffMember
) -> None:
    entry = wait(staff_id=therapist.pk)
    hand_on(visit)

    accept(offer_of(entry))

    assert ClientRecord.objects.get(client_id=entry.client_id).preferred_staff_id == therapist.pk


def test_with_nothing_to_pay_accepting_confirms(offer: WaitlistOffer) -> None:
    Service.objects.update(deposit_percent=0)

    booked = accept(offer)

    assert (booked.appointment.status, booked.payment) == ("confirmed", None)
    assert Occupancy.objects.get().hold_expires_at is None


def test_a_party_is_booked_whole(visit: Appointment, location: Location, book: Book) -> None:
    colleague(location)
    other = pay(book(client_id=UserFactory.create().pk), now=NOW).appointment
    pair = wait(party_size=2)
    hand_on(visit)
    hand_on(other)

    booked = accept(offer_of(pair))

    items = AppointmentItem.objects.filter(appointment=booked.appointment).order_by("chain")
    assert [item.chain for item in items] == [0, 1]
    assert len({item.staff_id for item in items}) == 2
    assert booked.appointment.total == Decimal("240000.00")
    assert Occupancy.objects.filter(source_id=booked.appointment.pk).count() == 2
    assert held() == []


@pytest.mark.parametrize("now", [NOW + HOUR, NOW + 2 * HOUR])
def test_after_the_deadline_nobody_accepts_or_declines(offer: WaitlistOffer, now: Any) -> None:
    for answer in (accept, decline):
        with nothing_changes(), pytest.raises(errors.OfferExpired):
            answer(offer, now=now)

    expire_offers(now=now)
    for answer in (accept, decline):
        with nothing_changes(), pytest.raises(errors.OfferExpired):
            answer(offer, now=now)


@pytest.mark.parametrize("first_answer", [accept, decline])
def test_an_offer_is_answered_once(offer: WaitlistOffer, first_answer: Any) -> None:
    first_answer(offer)

    for answer in (accept, decline):
        with nothing_changes(), pytest.raises(errors.OfferClosed):
            answer(offer, now=NOW + timedelta(minutes=1))


def test_nobody_answers_for_somebody_else_but_the_desk(
    offer: WaitlistOffer, staff_user: User
) -> None:
    stranger = UserFactory.create().pk
    for answer in (accept,):
        with nothing_changes(), pytest.raises(errors.OfferNotFound):
            answer(offer, client_id=stranger, actor_id=stranger)

    booked = accept(offer, client_id=None, actor_id=staff_user.pk)

    assert booked.appointment.client_id == offer.entry.client_id
    assert booked.appointment.booked_by_id == staff_user.pk


def ahead(book: Book) -> None:
    """Their one visit ahead."""
    Service.objects.update(deposit_percent=0)
    book()


def three_holds(book: Book) -> None:
    """As much unpaid as anybody may hold."""
    for day in (8, 9, 10):
        book(start=local(day, 10))


def a_debt(book: Book) -> None:
    """A visit that was served, its balance unpaid."""
    visit = book().appointment
    Appointment.objects.filter(pk=visit.pk).update(status="completed", completed_at=NOW)


@pytest.mark.parametrize(
    ("happens", "refusal", "reason"),
    [
        (ahead, errors.ActiveLimitReached, "limit_reached"),
        (three_holds, errors.OpenHoldsLimitReached, "limit_reached"),
        (a_debt, errors.DebtOpen, "debt_open"),
    ],
)
def test_na_12_who_could_not_accept_at_this_moment_is_not_offered_it_either(
    offer: WaitlistOffer, book: Book, happens: Any, refusal: type[DomainError], reason: str
) -> None:
    """Business rules bind who waits as they bind who books."""
    after = partial(book, start=local(9, 10))
    happens(partial(after, client_id=offer.entry.client_id))
    with nothing_changes(), pytest.raises(refusal):
        accept(offer)
    second = WaitlistEntry.objects.exclude(pk=offer.entry_id).get()
    Appointment.objects.update(client=second.client)

    decline(offer)

    assert not WaitlistOffer.objects.filter(entry=second).exists()
    assert reason in reasons(second)


def test_who_was_banned_meanwhile_is_not_booked_by_the_desk_either(
    offer: WaitlistOffer, staff_user: User
) -> None:
    User.objects.filter(pk=offer.entry.client_id).update(banned_at=NOW)

    with nothing_changes(), pytest.raises(Exception, match="USERS-BANNED"):
        accept(offer, client_id=None, actor_id=staff_user.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Service.objects.update(duration_minutes=30),
        lambda: Service.objects.update(is_online_bookable=False),
        lambda: Service.objects.update(required_room="CABIN"),
        lambda: Resource.objects.update(is_active=False),
    ],
)
def test_what_changed_since_it_was_offered_is_not_booked_by_surprise(
    offer: WaitlistOffer, change: Any
) -> None:
    change()

    with nothing_changes(), pytest.raises(errors.OfferOutdated):
        accept(offer)


def test_na_15_a_declined_time_reaches_the_next_person_at_once(offer: WaitlistOffer) -> None:
    now = NOW + timedelta(minutes=5)

    decline(offer, now=now)

    second = WaitlistOffer.objects.get(status="open")
    assert offers() == [(offer.entry_id, "declined"), (second.entry_id, "open")]
    assert held() == [(second.pk, MONDAY_TEN, now + HOUR)]
    offer.entry.refresh_from_db()
    assert offer.entry.status == "waiting"


def test_na_15_an_expired_time_reaches_the_next_person_at_once(offer: WaitlistOffer) -> None:
    expire_offers(now=NOW + HOUR - timedelta(seconds=1))
    assert offers() == [(offer.entry_id, "open")]

    expire_offers(now=NOW + HOUR)

    second = WaitlistOffer.objects.get(status="open")
    assert offers() == [(offer.entry_id, "expired"), (second.entry_id, "open")]
    assert held() == [(second.pk, MONDAY_TEN, NOW + 2 * HOUR)]
    # And running again changes nothing.
    with nothing_changes():
        expire_offers(now=NOW + HOUR)


def test_na_15_an_offer_goes_down_the_whole_line_and_then_the_time_is_free(
    offer: WaitlistOffer, book: Book
) -> None:
    wait(now=NOW + timedelta(seconds=2))
    for hours in (1, 2, 3):
        expire_offers(now=NOW + hours * HOUR)

    assert [status for _, status in offers()] == ["expired"] * 3
    assert held() == []
    book(client_id=UserFactory.create().pk, now=NOW + 3 * HOUR)


def test_na_15_an_ended_offer_is_removed_by_whoever_needs_its_time(
    offer: WaitlistOffer, book: Book
) -> None:
    rival = UserFactory.create()
    with nothing_changes(), pytest.raises(errors.SlotTaken):
        book(client_id=rival.pk, now=LAST_MOMENT)

    taken = book(client_id=rival.pk, now=NOW + HOUR).appointment

    offer.refresh_from_db()
    assert (offer.status, offer.ended_at) == ("expired", NOW + HOUR)
    assert Occupancy.objects.get().source_id == taken.pk
    assert count_overlaps() == 0
    # The next in line is looked at, and finds it taken.
    look_again(taken.location_id, [], now=NOW + HOUR)
    assert offers() == [(offer.entry_id, "expired")]


def test_an_offer_that_is_not_over_is_left_alone_whoever_needs_its_time(
    offer: WaitlistOffer,
) -> None:
    with nothing_changes(), transaction.atomic():
        assert end_overdue_offers(source_ids=[offer.pk], now=LAST_MOMENT) == 0


def test_an_offer_outlives_the_switch_that_turns_the_list_off(offer: WaitlistOffer) -> None:
    rule_that(waitlist_enabled=False)

    assert accept(offer).appointment.status == "pending_payment"


def test_turned_off_offers_still_end(offer: WaitlistOffer) -> None:
    rule_that(waitlist_enabled=False)

    expire_offers(now=NOW + HOUR)

    assert offers() == [(offer.entry_id, "expired")]
    assert held() == []


def test_an_unpaid_visit_from_the_list_frees_its_time_again(
    offer: WaitlistOffer, book: Book
) -> None:
    accept(offer)

    rival = book(client_id=UserFactory.create().pk, now=NOW + timedelta(minutes=20))

    assert rival.appointment.starts_at == MONDAY_TEN
    assert not Notification.objects.exists()
    assert reasons(offer.entry) == []
