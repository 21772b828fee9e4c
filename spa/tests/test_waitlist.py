"""Waiting for time that is taken, and getting it in order when it comes free (SPA-12, NA-15)."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Location
from spa import errors
from spa.models import (
    Appointment,
    ClientRecord,
    Occupancy,
    Resource,
    Service,
    StaffMember,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistSkip,
    WeeklyHours,
)
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import LocationFactory, RoomFactory, ServiceFactory, StaffFactory
from spa.tests.ledger import nothing_changes, pay
from spa.tests.waitlist import (
    HOUR,
    MONDAY,
    TEN,
    TUESDAY,
    colleague,
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
    """Monday at ten is taken."""
    return the_only_start_is_taken(book)


def test_who_waits_is_offered_what_comes_free_and_it_is_kept_for_them(
    visit: Appointment, therapist: StaffMember
) -> None:
    entry = wait(now=NOW)

    assert hand_on(visit, now=NOW + HOUR) == 1

    offer = offer_of(entry)
    assert (offer.status, offer.starts_at, offer.staff_id) == ("open", MONDAY_TEN, therapist.pk)
    assert offer.ends_at == MONDAY_TEN + HOUR
    assert (offer.offered_at, offer.expires_at) == (NOW + HOUR, NOW + 2 * HOUR)
    assert held() == [(offer.pk, MONDAY_TEN, NOW + 2 * HOUR)]


def test_na_15_a_time_on_offer_cannot_be_booked_by_anybody_else(
    visit: Appointment, book: Book
) -> None:
    wait()
    hand_on(visit)

    with nothing_changes(), pytest.raises(errors.SlotTaken):
        book(client_id=UserFactory.create().pk)


def test_the_line_is_priority_first_then_time_of_joining(visit: Appointment) -> None:
    late = wait(now=NOW + timedelta(minutes=2))
    early = wait(now=NOW)
    urgent = wait(now=NOW + timedelta(minutes=3), priority=1)

    hand_on(visit, now=NOW + HOUR)

    assert offers() == [(urgent.pk, "open")]
    assert reasons(early) == reasons(late) == ["not_free"]
    look_again(visit.location_id, [], now=NOW + 2 * HOUR)
    assert offers() == [(urgent.pk, "expired"), (early.pk, "open")]


places_in_line = st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans(), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(places_in_line, min_size=1, max_size=6))
def test_property_the_first_in_line_who_wants_it_gets_it_and_all_before_know_why_not(
    visit: Appointment, client_user: User, people: list[tuple[int, int, bool, bool]]
) -> None:
    sid = transaction.savepoint()
    line = [
        WaitlistEntry.objects.create(
            client=UserFactory.create(banned_at=NOW if is_banned else None),
            location=visit.location,
            date_from=MONDAY,
            date_to=MONDAY,
            time_from=None if fits else time(14),
            priority=priority,
            joined_at=NOW + timedelta(minutes=minutes),
            joined_by=client_user,
        )
        for priority, minutes, fits, is_banned in people
    ]
    for entry in line:
        entry.wanted.create(service=Service.objects.get(), position=0)

    hand_on(visit, now=NOW + HOUR)

    expected = sorted(line, key=lambda entry: (-entry.priority, entry.joined_at, entry.pk))
    takers = [e for e in expected if e.time_from is None and e.client.banned_at is None]
    assert offers() == [(entry.pk, "open") for entry in takers[:1]]
    for entry in expected:
        if entry in takers[:1]:
            assert reasons(entry) == []
        elif takers and expected.index(entry) > expected.index(takers[0]):
            assert reasons(entry) == ["not_free"]
        else:
            assert reasons(entry) == ["other_times" if entry.time_from else "barred"]
    transaction.savepoint_rollback(sid)


def test_time_that_fits_several_goes_to_as_many_as_fit(
    book: Book, therapist: StaffMember, service: Service
) -> None:
    WeeklyHours.objects.update(starts=time(10), ends=time(12, 20))
    short = ServiceFactory.create(locations=list(service.locations.all()), duration_minutes=30)
    visit = pay(book(service_ids=[service.pk, service.pk]), now=NOW).appointment
    first, second, third, fourth = (
        wait(service_ids=[short.pk], now=NOW + timedelta(minutes=n)) for n in range(4)
    )

    assert hand_on(visit, now=NOW + HOUR) == 3

    starts = [offer_of(entry).starts_at for entry in (first, second, third)]
    assert starts == [local(7, 10), local(7, 10, 45), local(7, 11, 30)]
    assert reasons(fourth) == ["not_free"]


def test_a_start_next_to_what_was_freed_counts_if_that_made_it_possible(
    book: Book, therapist: StaffMember, service: Service
) -> None:
    # Free from 9:00, but an hour and its pause fit only together with the visit of 9:30.
    WeeklyHours.objects.update(starts=time(9), ends=time(10, 30))
    short = ServiceFactory.create(locations=list(service.locations.all()), duration_minutes=30)
    visit = pay(book(service_ids=[short.pk], start=local(7, 9, 30)), now=NOW).appointment
    entry = wait(service_ids=[service.pk])

    hand_on(visit)

    assert offer_of(entry).starts_at == local(7, 9)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("other_times", {"time_to": time(9)}),
        ("other_times", {"time_from": time(10, 1)}),
        ("not_free", {"service_ids": 2}),
    ],
)
def test_who_is_passed_over_keeps_the_reason_and_what_had_come_free(
    visit: Appointment, service: Service, reason: str, changes: dict[str, Any]
) -> None:
    if "service_ids" in changes:
        changes = {"service_ids": [service.pk] * 2}
    entry = wait(**changes)

    hand_on(visit, now=NOW + HOUR)
    look_again(visit.location_id, [TEN], now=NOW + 2 * HOUR)

    assert not WaitlistOffer.objects.exists()
    skip = WaitlistSkip.objects.get(entry=entry)
    assert (skip.reason, skip.first_at, skip.last_at) == (reason, NOW + HOUR, NOW + 2 * HOUR)
    assert (skip.freed_from, skip.freed_to) == (TEN.begins, TEN.ends)


@pytest.mark.parametrize(("prefers_tight", "minute"), [(True, (11, 0)), (False, (10, 30))])
def test_of_the_first_starts_the_one_that_wastes_least_is_offered(
    visit: Appointment, prefers_tight: bool, minute: tuple[int, int]
) -> None:
    rule_that(prefer_tight_slots=prefers_tight)
    entry = wait(time_from=time(10, 30))
    WeeklyHours.objects.update(ends=time(12, 10))

    hand_on(visit)

    # From 10:30 half an hour before it would be lost, and half an hour after it.
    assert offer_of(entry).starts_at == local(7, *minute)


def test_who_waits_for_another_day_or_place_is_not_even_looked_at(
    visit: Appointment, book: Book, location: Location
) -> None:
    pay(book(client_id=UserFactory.create().pk, start=local(8, 10)), now=NOW)
    other_day = wait(date_from=TUESDAY, date_to=TUESDAY)
    elsewhere = LocationFactory.create()
    StaffFactory.create(location=elsewhere, location__hours=(time(10), time(11, 10)))
    Service.objects.get().locations.add(elsewhere)
    blocked = WaitlistEntry.objects.create(
        client=UserFactory.create(), location=elsewhere, date_from=MONDAY, date_to=MONDAY,
        joined_at=NOW, joined_by=other_day.client,
    )  # fmt: skip
    blocked.wanted.create(service=Service.objects.get(), position=0)

    assert look_again(location.pk, [TEN], now=NOW) == 0

    assert reasons(other_day) == reasons(blocked) == []


def test_somebody_who_is_wished_for_must_be_the_one_who_is_free(
    visit: Appointment, location: Location, therapist: StaffMember, book: Book
) -> None:
    other = colleague(location)
    pay(book(client_id=UserFactory.create().pk, staff_id=other.pk), now=NOW)
    entry = wait(staff_id=other.pk)
    anybody = wait(now=NOW + timedelta(minutes=1))

    hand_on(visit)

    assert reasons(entry) == ["not_free"]
    assert offer_of(anybody).staff_id == therapist.pk


def test_who_is_banned_or_at_their_limit_is_passed_over(visit: Appointment, book: Book) -> None:
    Service.objects.update(deposit_percent=0)
    banned, busy, free = wait(), wait(), wait()
    User.objects.filter(pk=banned.client_id).update(banned_at=NOW)
    book(client_id=busy.client_id, start=local(9, 10))

    hand_on(visit)

    assert reasons(banned) == ["barred"]
    assert reasons(busy) == ["limit_reached"]
    assert offers() == [(free.pk, "open")]


def test_services_that_are_not_given_any_more_and_people_who_left_are_told_apart(
    visit: Appointment, service: Service, therapist: StaffMember
) -> None:
    entry, picky = wait(), wait(staff_id=therapist.pk)

    Resource.objects.filter(pk=therapist.resource_id).update(is_active=False)
    hand_on(visit)
    assert (reasons(entry), reasons(picky)) == (["not_free"], ["staff_not_able"])

    Service.objects.update(is_online_bookable=False)
    look_again(visit.location_id, [TEN], now=NOW)
    assert reasons(entry) == ["not_free", "not_offered"]


@pytest.mark.parametrize(("minutes", "is_offered"), [(35, True), (34, False)])
def test_near_the_start_the_offer_is_shorter_and_too_near_there_is_none(
    visit: Appointment, minutes: int, is_offered: bool
) -> None:
    entry = wait()
    now = MONDAY_TEN - timedelta(minutes=minutes)

    hand_on(visit, now=now)

    if is_offered:
        assert offer_of(entry).expires_at == now + timedelta(minutes=5)
    else:
        assert reasons(entry) == ["too_near"]


def test_the_time_to_answer_is_a_rule(visit: Appointment) -> None:
    rule_that(waitlist_offer_minutes=15)
    entry = wait()

    hand_on(visit)

    assert offer_of(entry).expires_at == NOW + timedelta(minutes=15)


def test_time_that_was_offered_is_not_offered_again_to_the_same_person(
    visit: Appointment,
) -> None:
    entry = wait()
    hand_on(visit)
    look_again(visit.location_id, [], now=NOW + HOUR)

    look_again(visit.location_id, [TEN], now=NOW + 2 * HOUR)

    assert offers() == [(entry.pk, "expired")]
    assert reasons(entry) == ["offered_before"]


def test_while_the_list_is_off_nobody_joins_and_nothing_is_offered(visit: Appointment) -> None:
    entry = wait()
    rule_that(waitlist_enabled=False)

    with nothing_changes(), pytest.raises(errors.WaitlistOff):
        wait()
    assert hand_on(visit) == 0

    assert reasons(entry) == []


def test_a_party_needs_as_many_people_free_at_once(
    visit: Appointment, location: Location, book: Book
) -> None:
    other = colleague(location)
    second = pay(book(client_id=UserFactory.create().pk), now=NOW).appointment
    pair = wait(party_size=2)
    with nothing_changes(), pytest.raises(errors.ServicesDoNotCombine):
        wait(party_size=3)

    hand_on(visit)
    assert reasons(pair) == ["not_free"]
    hand_on(second)

    offer = offer_of(pair)
    assert len(held()) == 2
    assert {claim["resource"] for claim in offer.crew["claims"]} >= {str(other.resource_id)}


def test_the_rooms_of_a_visit_are_kept_too(
    book: Book, location: Location, therapist: StaffMember
) -> None:
    Service.objects.update(required_room="CABIN")
    room = RoomFactory.create(location=location)
    visit = the_only_start_is_taken(book)
    entry = wait()

    hand_on(visit)

    kept = {claim["resource"] for claim in offer_of(entry).crew["claims"]}
    assert kept == {str(room.pk), str(therapist.resource_id)}
    assert len(held()) == 2


def test_time_that_is_over_is_nothing_to_be_passed_over_for(visit: Appointment) -> None:
    entry = wait()

    assert look_again(visit.location_id, [TEN], now=TEN.ends) == 0

    assert reasons(entry) == []


def test_whom_the_client_likes_is_offered_if_they_are_free_too(
    visit: Appointment, location: Location, book: Book
) -> None:
    favourite = colleague(location)
    pay(book(client_id=UserFactory.create().pk, staff_id=favourite.pk), now=NOW)
    first, second = wait(), wait(now=NOW + timedelta(seconds=1))
    for entry in (first, second):
        ClientRecord.objects.create(client_id=entry.client_id, preferred_staff=favourite)
    Occupancy.objects.all().delete()

    look_again(location.pk, [TEN], now=NOW)

    assert offer_of(first).staff_id == favourite.pk
    assert offer_of(second).staff_id == visit.staff_id
