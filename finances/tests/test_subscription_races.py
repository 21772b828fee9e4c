"""Real threads on real connections: a due month is charged once (FIN-08)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.query import QuerySet

from core.testing import race
from finances.domain.statuses import Status
from finances.models import Charge, Payment, Subscription, SubscriptionPeriod
from finances.selectors.ledger import verify
from finances.services.renewals import LEASE, _claim, move_on, work_on_next_subscription
from finances.services.subscriptions import cancel_subscription, subscribe
from finances.tests.members import Member, approve, day, end

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8
DUE = day("2026-02-25", 10)


@pytest.fixture
def member() -> Member:
    """Whose second month is to be charged at this moment."""
    return Member(now=day("2026-01-31")).subscribe().live_until(day("2026-02-25", 8))


@pytest.fixture
def no_locks(all_read_first: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks a row any more."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def work(member: Member) -> Any:
    return move_on(subscription_id=member.id, now=DUE)


def test_eight_workers_charge_a_due_month_once(member: Member) -> None:
    outcomes = race([partial(work, member)] * RIVALS)

    ordered = [outcome for outcome in outcomes if isinstance(outcome, UUID)]
    assert len(ordered) == 1, outcomes
    assert set(kinds(outcomes)) <= {"UUID", "NoneType", "SubscriptionBusy"}
    assert Charge.objects.count() == Payment.objects.count() == 2


def test_without_the_locks_the_database_still_refuses(member: Member, no_locks: None) -> None:
    outcomes = race([partial(work, member)] * RIVALS)

    assert kinds(outcomes) == ["IntegrityError"] * (RIVALS - 1) + ["UUID"]
    assert Charge.objects.count() == SubscriptionPeriod.objects.count() == 2


def test_control_without_locks_and_constraints_a_month_is_charged_eight_times(
    member: Member, no_locks: None
) -> None:
    """The control: the race is real."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE finances_subscriptionperiod DROP CONSTRAINT"
            " finances_subscriptionperiod_once"
        )
        cursor.execute("DROP INDEX finances_subscriptionperiod_one_due")
    try:
        outcomes = race([partial(work, member)] * RIVALS)
        assert kinds(outcomes) == ["UUID"] * RIVALS
        assert Charge.objects.count() == 1 + RIVALS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE finances_subscriptionperiod CASCADE")
            cursor.execute(
                "ALTER TABLE finances_subscriptionperiod ADD CONSTRAINT"
                " finances_subscriptionperiod_once UNIQUE (subscription_id, number)"
            )
            cursor.execute(
                "CREATE UNIQUE INDEX finances_subscriptionperiod_one_due"
                " ON finances_subscriptionperiod (subscription_id) WHERE state = 'due'"
            )


def test_eight_orders_make_one_membership() -> None:
    member = Member(now=day("2026-01-31"))
    order = partial(
        subscribe,
        client_id=member.client.pk,
        plan_id=member.plan.pk,
        source_id=member.source.pk,
        now=member.now,
    )

    outcomes = race([order] * RIVALS)

    assert kinds(outcomes) == ["OrderedSubscription"] + ["SubscriptionLive"] * (RIVALS - 1)
    assert Subscription.objects.count() == Charge.objects.count() == 1


def test_money_and_the_clock_and_leaving_at_the_same_moment(member: Member) -> None:
    """Whoever is first: the month is paid or the money is credit, and nobody waits for ever."""
    charge = Charge.objects.select_related("payment").get(pk=work(member))
    leave = partial(
        cancel_subscription,
        subscription_id=member.id,
        client_id=None,
        actor_id=member.client.pk,
        now=DUE,
    )
    later = partial(move_on, subscription_id=member.id, now=day("2026-02-28", 10))

    pay = partial(end, charge, Status.APPROVED, now=DUE)
    rivals: list[Callable[[], Any]] = [pay, leave, later]
    outcomes = race(rivals)

    assert set(kinds(outcomes)) <= {"NoneType", "OrderedSubscription", "SubscriptionBusy"}
    assert member.status in {"cancelled", "ended"}
    assert Payment.objects.filter(status="approved").count() == 2
    assert verify() == []


def test_a_worker_that_dies_after_its_claim_leaves_the_work_to_another(member: Member) -> None:
    Subscription.objects.update(next_look_at=DUE)
    assert _claim(now=DUE) == member.id

    assert not work_on_next_subscription(now=DUE + LEASE - timedelta(seconds=1))
    assert _claim(now=DUE + LEASE) == member.id


def test_na_31_a_worker_that_dies_before_it_sends_leaves_a_charge_nobody_repeats(
    member: Member,
) -> None:
    charge_id = work(member)
    Charge.objects.get(pk=charge_id, status="sending")
    for minutes in (1, 2, 5):
        later = DUE + timedelta(minutes=minutes)
        assert move_on(subscription_id=member.id, now=later) is None

    # Looked up and lost: it was no try, and the next day has another.
    Charge.objects.filter(pk=charge_id).update(status="lost", ended_at=DUE, next_look_at=None)
    member.live_until(day("2026-02-26", 10), approve)
    assert [month.state for month in member.months] == ["paid", "paid"]
    assert Charge.objects.count() == 3
    assert verify() == []
