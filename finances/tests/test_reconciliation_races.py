"""Two workers, dead workers, late workers: a day is compared once, whole (FIN-06)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from core.models import OutboxMessage
from core.testing import queue, race
from finances.domain.reconciliation import Pair, Subject, Theirs, day_of, find
from finances.errors import ReconciliationTaken
from finances.models import Difference, Reconciliation
from finances.services.reconciled_payments import Payments
from finances.services.reconciliation import reconcile_day
from finances.steps import reconciliation as steps
from finances.steps.reconciliation import LEASE, hold_run, take_day
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.reconciling import Night, resolve, today, tomorrow
from finances.tests.reconciling import night as night
from users.models import User

DIFFERS = "finances.reconciliation.differs.v1"


def begin_at_once(*, is_again: bool = False) -> list[object]:
    """Two workers begin the same day; both have come to its row before either has it."""
    now = tomorrow()
    with transaction.atomic():
        run = take_day(today(), is_again=False, now=now)
    Reconciliation.objects.filter(pk=run.pk).update(leased_until=now)

    def hold() -> None:
        Reconciliation.objects.select_for_update().get()

    work = partial(reconcile_day, day=today(), now=now, is_again=is_again)
    return [type(outcome).__name__ for outcome in queue([work, work], behind=hold)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_compare_a_day_once(night: Night) -> None:
    night.pay_outside()

    outcomes = begin_at_once()

    assert outcomes.count("Reconciliation") == 1
    assert set(outcomes) <= {"Reconciliation", "ReconciliationRunning", "ReconciliationDone"}
    assert Reconciliation.objects.get().runs == 2  # the one that died, and this one
    assert OutboxMessage.objects.filter(topic=DIFFERS).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lease_both_compare_it(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the race above."""
    monkeypatch.setattr(steps, "LEASE", timedelta(0))
    night.pay_outside()

    begin_at_once(is_again=True)

    assert Reconciliation.objects.get().runs == 3


def keep_at_once(night: Night) -> list[str]:
    """Two days end at once, and both have found the same."""
    now = tomorrow()
    theirs = Theirs("12345-1-1", "approved", Decimal(70_000), "COP", Decimal(70_000))
    found = find(Pair(Subject.PAYMENT, theirs.key, theirs, None))
    assert found is not None
    with transaction.atomic():
        days = [today(), today() - timedelta(days=1)]
        runs = [take_day(day, is_again=False, now=now) for day in days]

    def keep(run: Reconciliation) -> int:
        with transaction.atomic():
            return steps.keep_differences(run, [found], compared={found.thing}, now=now)

    return [type(one).__name__ for one in race([partial(keep, run) for run in runs])]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_read_first")
def test_two_days_that_see_the_same_difference_keep_it_once(night: Night) -> None:
    assert keep_at_once(night) == ["int", "int"]
    assert Difference.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_read_first")
def test_without_the_lock_one_of_them_breaks(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the race above: the database refuses the second."""
    monkeypatch.setattr(steps, "ONE_WRITES", "SELECT 1")

    assert sorted(keep_at_once(night)) == ["IntegrityError", "int"]
    assert Difference.objects.count() == 1


def test_what_is_resolved_while_a_day_is_compared_does_not_come_back(
    night: Night, admin_user: User
) -> None:
    """The run had read our books before the resolution was in them."""
    night.pay_outside()
    run = night.run()
    difference = Difference.objects.get()
    day = day_of(today(), zone=ZoneInfo(settings.TIME_ZONE))
    theirs = Payments().listed(day)[difference.thing]
    found = find(Pair(Subject.PAYMENT, difference.thing, theirs, None))
    assert found is not None
    resolve(difference, admin_user.pk)

    with transaction.atomic():
        count = steps.keep_differences(run, [found], compared={found.thing}, now=tomorrow())

    assert (count, Difference.objects.count()) == (0, 1)


def test_the_database_keeps_one_difference_that_waits(night: Night) -> None:
    night.pay_outside()
    run = night.run()
    again = Difference.objects.get()

    with pytest.raises(IntegrityError, match="one_pending"), transaction.atomic():
        Difference(
            subject=again.subject,
            kind=again.kind,
            thing=again.thing,
            amount=1,
            currency="COP",
            first_run=run,
            last_run=run,
            seen_at=run.started_at,
        ).save(force_insert=True)


def test_who_comes_back_after_another_has_begun_writes_nothing(night: Night) -> None:
    now = tomorrow()
    with transaction.atomic():
        late = take_day(today(), is_again=False, now=now)
    reconcile_day(day=today(), now=now + LEASE)

    with pytest.raises(ReconciliationTaken), transaction.atomic():
        hold_run(late)


COMPARE = """
from finances.services.reconciliation import reconcile_day
reconcile_day(day=date.fromisoformat({day!r}), now=datetime.fromisoformat({now!r}))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", CRASHES["reconciliation"], ids=str)
def test_a_worker_killed_anywhere_leaves_no_half_day(night: Night, point: Point) -> None:
    payment = night.pay()
    night.pay_outside()
    now = tomorrow()
    die(point, COMPARE.format(day=today().isoformat(), now=now.isoformat()))
    assert Reconciliation.objects.filter(status="clean").count() == 0
    assert Difference.objects.exists() == (point.name == "_finish")

    run = reconcile_day(day=today(), now=now + LEASE, is_again=True)

    payment.refresh_from_db()
    assert (run.status, run.found, payment.status) == ("differs", 1, "approved")
    assert Difference.objects.filter(state="open").count() == 1
    assert night.held_there() - night.held_here() == 70_000
