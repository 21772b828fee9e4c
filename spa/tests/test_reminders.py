"""Reminders: each once, at its time or late, and never about what is not so (SPA-18, NA-16)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import OutboxMessage
from core.testing import deliver_outbox
from notifications.models import Notification
from spa.events import ReminderDue
from spa.models import Appointment, AppointmentReminder
from spa.services.reminders import remind_clients
from spa.tasks import send_reminders
from spa.tests.conftest import MONDAY_TEN, NOW, Book, coming, local, rule_that
from spa.tests.ledger import nothing_changes, pay
from users.tests.factories import UserFactory

FIRST, SECOND = timedelta(hours=24), timedelta(hours=2)
INSTANT = timedelta(microseconds=1)


def a_week_of_visits(certain: Book, count: int) -> list[Appointment]:
    """As many certain visits of as many people, each the day after the other, all due at once."""
    rule_that(first_reminder_hours=168)
    long_ago = NOW - timedelta(days=10)
    return [
        certain(
            client_id=UserFactory.create().pk, start=local(7 + day, 10), now=long_ago
        ).appointment
        for day in range(count)
    ]


def sent() -> list[tuple[str, datetime]]:
    """Which reminders were sent for which start."""
    rows = AppointmentReminder.objects.order_by("for_start", "kind")
    return list(rows.values_list("kind", "for_start"))


def published() -> int:
    """How many reminders somebody was promised."""
    return OutboxMessage.objects.filter(topic=ReminderDue.topic).count()


def test_each_reminder_goes_out_at_its_hour_and_once(certain: Book) -> None:
    certain()

    with nothing_changes():
        assert remind_clients(now=MONDAY_TEN - FIRST - INSTANT) == 0
    assert remind_clients(now=MONDAY_TEN - FIRST) == 1
    with nothing_changes():
        assert remind_clients(now=MONDAY_TEN - FIRST) == 0
        assert remind_clients(now=MONDAY_TEN - SECOND - INSTANT) == 0
    assert sent() == [("first", MONDAY_TEN)]
    assert remind_clients(now=MONDAY_TEN - SECOND) == 1
    with nothing_changes():
        assert remind_clients(now=MONDAY_TEN - INSTANT) == 0
    assert sent() == [("first", MONDAY_TEN), ("second", MONDAY_TEN)]
    assert published() == 2


@pytest.mark.parametrize(
    ("before", "kinds"),
    [
        (SECOND + INSTANT, ["first"]),
        (SECOND, ["second"]),
        (INSTANT, ["second"]),
        (timedelta(0), []),
        (-FIRST, []),
    ],
)
def test_na_16_a_late_run_sends_what_still_makes_sense(
    certain: Book, before: timedelta, kinds: list[str]
) -> None:
    certain()

    remind_clients(now=MONDAY_TEN - before)

    assert [kind for kind, _ in sent()] == kinds


@pytest.mark.parametrize("status", ["cancelled", "expired", "no_show", "completed", "checked_in"])
def test_na_16_only_a_certain_visit_is_reminded_of(certain: Book, status: str) -> None:
    visit = certain().appointment
    times = {"cancelled_at": NOW, "completed_at": NOW}
    Appointment.objects.filter(pk=visit.pk).update(status=status, **times)

    with nothing_changes():
        assert remind_clients(now=MONDAY_TEN - FIRST) == 0
        assert remind_clients(now=MONDAY_TEN - SECOND) == 0


def test_an_unpaid_visit_is_not_reminded_of(book: Book) -> None:
    rule_that(hold_minutes=1440)
    book(now=MONDAY_TEN - FIRST - timedelta(hours=1))

    with nothing_changes():
        assert remind_clients(now=MONDAY_TEN - FIRST) == 0


@pytest.mark.parametrize(
    ("booked", "kinds"),
    [
        (FIRST, ["first", "second"]),
        (FIRST - INSTANT, ["second"]),
        (SECOND, ["second"]),
        (SECOND - INSTANT, []),
    ],
)
def test_whoever_booked_later_than_the_reminder_was_due_has_just_been_told(
    certain: Book, booked: timedelta, kinds: list[str]
) -> None:
    certain(now=MONDAY_TEN - booked)

    for hours in (23, 1):
        remind_clients(now=MONDAY_TEN - timedelta(hours=hours))

    assert [kind for kind, _ in sent()] == kinds


def test_whoever_paid_later_than_the_reminder_was_due_has_just_been_told(book: Book) -> None:
    paid_at = MONDAY_TEN - FIRST + timedelta(minutes=5)
    pay(book(now=MONDAY_TEN - FIRST - timedelta(minutes=5)), now=paid_at)

    assert remind_clients(now=paid_at) == 0
    assert remind_clients(now=MONDAY_TEN - SECOND) == 1


def test_the_hours_are_the_owners(certain: Book) -> None:
    rule_that(first_reminder_hours=48, second_reminder_hours=4)
    certain()

    assert remind_clients(now=MONDAY_TEN - timedelta(hours=48)) == 1
    assert remind_clients(now=MONDAY_TEN - timedelta(hours=4)) == 1
    # Another interval is no reason to say it again.
    rule_that(first_reminder_hours=24, second_reminder_hours=2)
    assert remind_clients(now=MONDAY_TEN - FIRST) == 0
    assert remind_clients(now=MONDAY_TEN - SECOND) == 0


def test_the_message_says_when_and_where_and_until_when_it_is_worth_saying(certain: Book) -> None:
    visit = certain().appointment
    deliver_outbox()
    Notification.objects.all().delete()

    remind_clients(now=MONDAY_TEN - FIRST)
    remind_clients(now=MONDAY_TEN - SECOND)
    deliver_outbox()

    told = Notification.objects.order_by("pk")
    assert [row.template for row in told] == ["reminder_first", "reminder_second"]
    assert {row.person_id for row in told} == {visit.client_id}
    assert [row.valid_until for row in told] == [MONDAY_TEN - SECOND, MONDAY_TEN]
    assert told[0].facts == {
        "service": visit.title,
        "starts_at": visit.starts_at.isoformat(),
        "timezone": "America/Bogota",
        "location": visit.location.name,
    }


@pytest.mark.parametrize("change", ["cancelled", "moved"])
def test_na_16_a_reminder_on_its_way_is_not_said_when_the_visit_changed(
    certain: Book, change: str
) -> None:
    visit = certain().appointment
    deliver_outbox()
    remind_clients(now=MONDAY_TEN - FIRST)
    changed = {
        "cancelled": {"status": "cancelled", "cancelled_at": NOW},
        "moved": {"starts_at": local(8, 10), "ends_at": local(8, 11)},
    }[change]
    Appointment.objects.filter(pk=visit.pk).update(**changed)

    deliver_outbox()

    assert not Notification.objects.filter(template="reminder_first").exists()


def test_it_works_in_batches_and_many_cost_the_statements_of_one(certain: Book) -> None:
    a_week_of_visits(certain, 6)
    costs = []

    for limit in (1, 5):
        with CaptureQueriesContext(connection) as queries:
            assert remind_clients(now=local(6, 20), limit=limit) == limit
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert len(sent()) == 6


def test_who_comes_first_is_reminded_first(certain: Book) -> None:
    a_week_of_visits(certain, 3)

    assert remind_clients(now=local(6, 20), limit=1) == 1

    assert AppointmentReminder.objects.get().for_start == min(
        Appointment.objects.values_list("starts_at", flat=True)
    )


def test_the_task_reminds_everybody_of_what_is_due(certain: Book) -> None:
    rule_that(first_reminder_hours=168)
    certain(start=coming(3, 10), now=timezone.now() - timedelta(days=8))

    send_reminders()
    with nothing_changes():
        send_reminders()

    assert sent() == [("first", coming(3, 10))]


RUNS = st.lists(st.integers(-60 * 26, 30), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(booked=st.integers(-60 * 40, -31), runs=RUNS)
def test_na_16_whenever_it_runs_each_reminder_is_sent_once_if_it_ran_in_its_window(
    certain: Book, booked: int, runs: list[int]
) -> None:
    """Minutes relative to the start; the model looks at each run by itself."""
    with transaction.atomic():
        certain.func.body(**certain.keywords | {"now": MONDAY_TEN + timedelta(minutes=booked)})
        for minute in sorted(runs):
            remind_clients.body(now=MONDAY_TEN + timedelta(minutes=minute))
        told = [kind for kind, _ in sent()]
        transaction.set_rollback(True)

    first = booked <= -24 * 60 and any(-24 * 60 <= run < -2 * 60 for run in runs)
    second = booked <= -2 * 60 and any(-2 * 60 <= run < 0 for run in runs)
    assert told == ["first"] * first + ["second"] * second
