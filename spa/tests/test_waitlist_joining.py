"""Coming onto the waitlist, leaving it, and what the clock and the desk do to it (SPA-12)."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry, Location
from spa import errors
from spa.models import (
    Appointment,
    StaffMember,
)
from spa.services.waitlist import leave_waitlist, offer_now
from spa.services.waitlist_sweep import end_past_entries, sweep_waitlist
from spa.tests.conftest import NOW, Book, local, rule_that
from spa.tests.ledger import nothing_changes
from spa.tests.waitlist import (
    HOUR,
    MONDAY,
    colleague,
    hand_on,
    held,
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


def test_who_could_book_now_is_told_so_with_the_free_starts(
    visit: Appointment, therapist: StaffMember
) -> None:
    client = UserFactory.create()

    with nothing_changes(), pytest.raises(errors.WaitlistTimeFree) as refusal:
        wait(client, date_to=date(2026, 12, 20))

    assert refusal.value.facts["alternatives"] == [
        {"start": f"2026-12-{day:02}T10:00:00-05:00", "staff": str(therapist.pk)}
        for day in (8, 9, 10)
    ]


@pytest.mark.parametrize(
    "days",
    [
        (date(2026, 12, 3), date(2026, 12, 7)),
        (date(2026, 12, 7), date(2026, 12, 6)),
        (date(2026, 12, 7), date(2027, 2, 3)),
    ],
)
def test_days_that_are_past_backward_or_beyond_the_horizon_are_refused(
    visit: Appointment, days: tuple[date, date]
) -> None:
    client = UserFactory.create()
    with nothing_changes(), pytest.raises(errors.WaitlistDaysInvalid):
        wait(client, date_from=days[0], date_to=days[1])


def test_the_last_day_of_the_horizon_is_one_to_wait_for(visit: Appointment, book: Book) -> None:
    rule_that(horizon_days=3)

    entry = wait()

    assert (entry.date_to, entry.status) == (MONDAY, "waiting")


def test_nobody_waits_more_often_than_the_rule_says(visit: Appointment) -> None:
    client = UserFactory.create()
    entries = [wait(client, now=NOW + timedelta(minutes=n)) for n in range(3)]

    with nothing_changes(), pytest.raises(errors.WaitlistLimitReached):
        wait(client)
    leave_waitlist(entry_id=entries[0].pk, client_id=client.pk, now=NOW)
    wait(client)


def test_who_is_banned_does_not_wait(visit: Appointment) -> None:
    banned = UserFactory.create(banned_at=NOW)

    with nothing_changes(), pytest.raises(Exception, match="USERS-BANNED"):
        wait(banned)


def test_leaving_ends_the_waiting_once(visit: Appointment) -> None:
    entry = wait()

    leave_waitlist(entry_id=entry.pk, client_id=entry.client_id, now=NOW + HOUR)

    entry.refresh_from_db()
    assert (entry.status, entry.closed_at) == ("left", NOW + HOUR)
    with nothing_changes(), pytest.raises(errors.WaitlistEntryClosed):
        leave_waitlist(entry_id=entry.pk, client_id=entry.client_id, now=NOW + 2 * HOUR)
    hand_on(visit)
    assert offers() == []


def test_na_15_leaving_with_a_time_on_offer_hands_it_to_the_next_at_once(
    visit: Appointment,
) -> None:
    first, second = wait(), wait(now=NOW + timedelta(minutes=1))
    hand_on(visit)

    leave_waitlist(entry_id=first.pk, client_id=first.client_id, now=NOW + timedelta(minutes=2))

    assert offers() == [(first.pk, "declined"), (second.pk, "open")]
    assert [row[0] for row in held()] == [offer_of(second).pk]


def test_nobody_leaves_for_somebody_else_but_the_desk(visit: Appointment) -> None:
    entry = wait()

    with nothing_changes(), pytest.raises(errors.WaitlistEntryNotFound):
        leave_waitlist(entry_id=entry.pk, client_id=UserFactory.create().pk, now=NOW)
    leave_waitlist(entry_id=entry.pk, client_id=None, now=NOW)


def test_waiting_ends_by_itself_when_its_last_day_is_over_at_the_place(
    visit: Appointment,
) -> None:
    entry = wait()

    assert end_past_entries(now=local(7, 23, 59)) == 0
    assert end_past_entries(now=local(8, 0)) == 1

    entry.refresh_from_db()
    assert (entry.status, entry.closed_at) == ("ended", local(8, 0))
    assert end_past_entries(now=local(9, 0)) == 0


def test_the_sweep_finds_what_no_event_told_of(
    visit: Appointment, location: Location, therapist: StaffMember
) -> None:
    first = wait()
    picky = wait(time_from=time(15))
    colleague(location)

    sweep_waitlist(now=NOW + HOUR)

    assert offers() == [(first.pk, "open")]
    # Nothing came free that they could have had.
    assert reasons(picky) == []


def test_the_sweep_costs_the_statements_of_one_however_many_wait(
    visit: Appointment,
) -> None:
    costs = []
    for _ in range(2):
        for _ in range(4):
            wait()
        with CaptureQueriesContext(connection) as queries:
            sweep_waitlist(now=NOW + HOUR)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_the_desk_may_offer_out_of_turn_and_it_is_on_record(
    visit: Appointment, location: Location, staff_user: User
) -> None:
    first, second = wait(), wait(now=NOW + timedelta(minutes=1))
    colleague(location)

    assert offer_now(entry_id=second.pk, actor_id=staff_user.pk, now=NOW)
    assert not offer_now(entry_id=first.pk, actor_id=staff_user.pk, now=NOW)

    assert offers() == [(second.pk, "open")]
    entries = AuditEntry.objects.filter(action="spa.waitlist.offered-out-of-turn")
    assert [(e.actor_id, e.facts) for e in entries.order_by("pk")] == [
        (staff_user.pk, {"offered": True}), (staff_user.pk, {"offered": False}),
    ]  # fmt: skip
