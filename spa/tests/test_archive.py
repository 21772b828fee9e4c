"""Putting old visits away: out of lists, off the ledger, never out of the books (SPA-19)."""

from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.testing import race
from spa import errors
from spa.models import Appointment, AppointmentItem, AppointmentTransition, Occupancy
from spa.services.archive import archive_old_visits
from spa.services.attendance import check_in, mark_no_show
from spa.tasks import archive_appointments
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.ledger import nothing_changes, pay
from spa.tests.past import add_past_visits, plans
from users.models import User
from users.tests.factories import UserFactory

ENDS = MONDAY_TEN + timedelta(hours=1)
LINE = ENDS + timedelta(days=730)
INSTANT = timedelta(microseconds=1)


def over(certain: Book, count: int = 1) -> list[Appointment]:
    """As many visits that have taken place, each the day after the other, the last booked first."""
    found = [
        certain(client_id=UserFactory.create().pk, start=local(7 + day, 10)).appointment
        for day in reversed(range(count))
    ]
    Appointment.objects.update(status="completed", completed_at=NOW)
    return found[::-1]


def archived() -> int:
    """How many visits are put away."""
    return Appointment.objects.exclude(archived_at=None).count()


def test_a_visit_is_put_away_after_the_days_of_the_rules_and_not_before(certain: Book) -> None:
    (visit,) = over(certain)

    with nothing_changes():
        assert archive_old_visits(now=LINE) == 0
    assert archive_old_visits(now=LINE + INSTANT) == 1

    visit.refresh_from_db()
    assert visit.archived_at == LINE + INSTANT
    assert not Occupancy.objects.exists()
    with nothing_changes():
        assert archive_old_visits(now=LINE + timedelta(days=1)) == 0


def test_the_days_are_the_owners(certain: Book) -> None:
    rule_that(archive_days=90)
    over(certain)

    assert archive_old_visits(now=ENDS + timedelta(days=90)) == 0
    assert archive_old_visits(now=ENDS + timedelta(days=90) + INSTANT) == 1


@pytest.mark.django_db(transaction=True)
def test_all_that_was_agreed_done_and_paid_stays(book: Book) -> None:
    visit = pay(book(), now=NOW).appointment
    Appointment.objects.update(status="completed", completed_at=NOW)
    kept = (AppointmentItem, AppointmentTransition)
    before = [list(model.objects.order_by("pk").values()) for model in kept]
    agreed = Appointment.objects.values("total", "paid", "policy", "claims", "title").get()

    archive_old_visits(now=LINE + INSTANT)

    assert [list(model.objects.order_by("pk").values()) for model in kept] == before
    assert Appointment.objects.values(*agreed).get() == agreed
    assert agreed["claims"] != []
    assert Appointment.objects.get(pk=visit.pk).status == "completed"
    call_command("verify_ledger", stdout=StringIO())


@pytest.mark.parametrize("status", ["pending_payment", "confirmed", "checked_in"])
def test_a_visit_that_may_still_happen_is_never_put_away(certain: Book, status: str) -> None:
    certain()
    Appointment.objects.update(status=status, hold_expires_at=NOW)

    with nothing_changes():
        assert archive_old_visits(now=LINE + timedelta(days=1000)) == 0
    with pytest.raises(IntegrityError, match="spa_appointment_archived_is_over"):
        Appointment.objects.update(archived_at=NOW)


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show", "expired"])
def test_a_visit_that_is_over_is_put_away_whatever_became_of_it(certain: Book, status: str) -> None:
    certain()
    Appointment.objects.update(status=status, completed_at=NOW, cancelled_at=NOW)

    assert archive_old_visits(now=LINE + INSTANT) == 1


def test_nobody_comes_after_all_to_a_visit_that_is_put_away(
    certain: Book, staff_user: User
) -> None:
    visit = certain().appointment
    mark_no_show(appointment_id=visit.pk, actor_id=staff_user.pk, now=ENDS)
    archive_old_visits(now=LINE + INSTANT)

    with nothing_changes(), pytest.raises(errors.TransitionRefused):
        check_in(
            appointment_id=visit.pk, actor_id=staff_user.pk, reason="era ella", now=LINE + INSTANT
        )


def test_it_works_in_batches_the_oldest_first_and_many_cost_the_statements_of_one(
    certain: Book,
) -> None:
    visits, costs = over(certain, 6), []
    with connection.cursor() as cursor:
        # PostgreSQL sees how few there are and reads them as they lie: the last one comes first.
        cursor.execute("ANALYZE spa_appointment")

    for limit in (1, 5):
        with CaptureQueriesContext(connection) as queries:
            assert archive_old_visits(now=LINE + timedelta(days=9), limit=limit) == limit
        costs.append(len(queries))
        first = Appointment.objects.exclude(archived_at=None).values_list("pk", flat=True)
        assert set(first) == {visit.pk for visit in visits[: len(first)]}

    assert costs[0] == costs[1]
    assert archive_old_visits(now=LINE + timedelta(days=9)) == 0


def test_the_task_puts_everything_away_that_is_due(certain: Book) -> None:
    over(certain, 2)
    Appointment.objects.update(
        starts_at=timezone.now() - timedelta(days=731, hours=1),
        ends_at=timezone.now() - timedelta(days=731),
    )

    archive_appointments()

    assert archived() == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_runs_put_each_visit_away_once_and_wait_for_nobody(certain: Book) -> None:
    busy, *_ = over(certain, 6)
    locked, done = Event(), Event()

    def correcting() -> None:
        with transaction.atomic():
            Appointment.objects.select_for_update(no_key=True).get(pk=busy.pk)
            locked.set()
            assert done.wait(10)

    def archiving() -> Any:
        assert locked.wait(10)
        return archive_old_visits(now=LINE + timedelta(days=9), limit=4)

    def ending() -> Any:
        try:
            return sum(race([archiving] * 4))
        finally:
            done.set()

    _, ended = race([correcting, ending])

    assert ended == archived() == 5
    assert Appointment.objects.get(archived_at=None).pk == busy.pk


@pytest.mark.django_db(transaction=True)
def test_a_great_many_old_visits_cost_nothing(certain: Book) -> None:
    (visit,) = over(certain)
    add_past_visits(visit, 5_000)

    with plans() as found:
        assert archive_old_visits(now=LINE - timedelta(hours=1999)) == 1

    (plan,) = found()
    assert "spa_appointment_to_archive" in plan, plan
