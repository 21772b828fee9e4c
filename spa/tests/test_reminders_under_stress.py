"""Reminders by several workers at once, by one that dies, and among a great many old visits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from signal import SIGKILL
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.selectors.settings import get_settings
from core.testing import deliver_outbox, queue, race, run_process, until_somebody_waits
from notifications.models import Delivery, Notification
from notifications.services.sending import send_due
from spa.domain.reminding import rounds
from spa.models import Appointment, AppointmentReminder, BookingSettings
from spa.models.reminders import ONCE
from spa.services.reminders import remind_clients
from spa.steps import reminding as steps
from spa.steps.reminding import lock_if_certain, remind
from spa.tests.conftest import Book, coming, local, rule_that
from spa.tests.moves import move
from spa.tests.past import add_past_visits, plans
from spa.tests.test_reminders import a_week_of_visits, published, sent
from spa.tests.visits import cancel

pytestmark = pytest.mark.django_db(transaction=True)
LATER = local(6, 20)


def test_na_16_eight_workers_at_once_remind_each_client_once(certain: Book) -> None:
    a_week_of_visits(certain, 6)

    outcomes = race([partial(remind_clients, now=LATER)] * 8)

    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert sum(outcomes) == len(sent()) == published() == 6


@pytest.fixture
def without_guard(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Look, then write: nothing says that a reminder exists once."""
    unguarded = steps.CLAIM.replace(f"ON CONFLICT ON CONSTRAINT {ONCE} DO NOTHING", "")
    assert unguarded != steps.CLAIM
    (guard,) = (c for c in AppointmentReminder._meta.constraints if c.name == ONCE)
    with connection.schema_editor() as editor:
        editor.remove_constraint(AppointmentReminder, guard)
    monkeypatch.setattr(steps, "CLAIM", unguarded)
    yield
    AppointmentReminder.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(AppointmentReminder, guard)


def test_control_without_the_constraint_the_same_race_reminds_twice(
    without_guard: None, all_read_first: None, certain: Book
) -> None:
    a_week_of_visits(certain, 6)

    race([partial(remind_clients, now=LATER)] * 8)

    assert max(Counter(sent()).values()) > 1


def test_workers_claim_in_one_order_whatever_order_visits_come_in(certain: Book) -> None:
    """The one in the middle is held until both have come as far as they can."""
    visits = a_week_of_visits(certain, 3)
    due, _ = rounds(get_settings(BookingSettings).policy)

    def reminding(batch: Sequence[Appointment]) -> int:
        with transaction.atomic():
            return remind(batch, due, now=LATER)

    outcomes = queue(
        [partial(reminding, visits), partial(reminding, visits[::-1])],
        behind=partial(remind, visits[1:2], due, now=LATER),
    )

    assert outcomes == [2, 0]
    assert len(sent()) == published() == 3


def test_a_worker_killed_before_its_commit_has_reminded_nobody(certain: Book) -> None:
    a_week_of_visits(certain, 2)
    script = f"""
import os, signal
from datetime import datetime
from django.db import transaction
from spa.services.reminders import remind_clients
with transaction.atomic():
    assert remind_clients.body(now=datetime.fromisoformat({LATER.isoformat()!r})) == 2
    os.kill(os.getpid(), signal.SIGKILL)
"""

    assert run_process(script) == -SIGKILL

    assert (sent(), published()) == ([], 0)
    assert remind_clients(now=LATER) == 2


@pytest.mark.parametrize("change", ["moved", "cancelled", "none"])
def test_na_16_a_reminder_that_waits_for_its_provider_is_dropped_when_the_visit_changed(
    certain: Book, sandbox: object, change: str
) -> None:
    rule_that(first_reminder_hours=168)
    visit = certain(start=coming(3, 10), now=timezone.now() - timedelta(days=8)).appointment
    remind_clients(now=timezone.now())
    deliver_outbox()
    waiting = Notification.objects.get(template="reminder_first")
    assert waiting.valid_until > timezone.now()

    if change == "moved":
        move(visit, coming(6, 10), now=timezone.now())
    elif change == "cancelled":
        cancel(visit, now=timezone.now())
    deliver_outbox()
    while send_due(now=timezone.now()):
        pass

    (delivery,) = Delivery.objects.filter(notification=waiting)
    sent_or_not = ("SENT", "") if change == "none" else ("DROPPED", "moment_passed")
    assert (delivery.status, delivery.reason) == sent_or_not


def test_na_16_whoever_reminds_holds_the_visit_until_the_message_is_written(certain: Book) -> None:
    """Who moves it meanwhile comes after, and so finds the message to withdraw."""
    visit = certain().appointment
    held = Event()

    def reminding() -> bool:
        with transaction.atomic():
            is_certain = lock_if_certain(appointment_id=visit.pk, starts_at=visit.starts_at)
            held.set()
            until_somebody_waits()
        return is_certain

    def moving() -> Appointment:
        assert held.wait(10)
        return move(visit, local(8, 15))

    is_certain, moved = race([reminding, moving])

    assert is_certain is True, is_certain
    assert isinstance(moved, Appointment), moved


def test_a_great_many_past_visits_cost_nothing(certain: Book) -> None:
    add_past_visits(certain().appointment, 5_000)

    with plans() as found:
        assert remind_clients(now=LATER) == 1

    assert len(found()) == 2
    for plan in found():
        assert "spa_appointment_certain" in plan, plan
        assert "Seq Scan on spa_appointment " not in plan
