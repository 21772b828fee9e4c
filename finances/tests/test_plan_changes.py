"""Another plan within the month, and what members are given (FIN-08, SPA-15, NA-29)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from finances import errors
from finances.domain.statuses import Status
from finances.models import Charge, CreditLot, FinanceSettings, LedgerEntry, PlanChange
from finances.selectors.ledger import verify
from finances.selectors.subscriptions import get_membership, saved_by
from finances.services.plan_changes import change_plan
from finances.services.subscriptions import cancel_subscription
from finances.steps.payments import open_payment
from finances.tests.members import Member, a_plan, approve, day, decline, end, say_nothing
from finances.tests.payables import KIND, FakePayable

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    """A member of 30 000 a month since the first of April: a thousand a day."""
    return Member(now=day("2026-04-01"), price=30_000).subscribe()


def change(member: Member, plan: Any, bank: Any = approve) -> None:
    ordered = change_plan(
        subscription_id=member.id, client_id=member.client.pk, plan_id=plan.pk, now=member.now
    )
    member.answer(ordered.charge_id, bank)


def earned() -> Decimal:
    entries = LedgerEntry.objects.filter(account="revenue_subscriptions")
    return -sum(entries.values_list("amount", flat=True), Decimal(0))


def test_a_dearer_plan_costs_the_difference_of_the_days_that_are_left(member: Member) -> None:
    member.live_until(day("2026-04-21"))
    change(member, a_plan("Oro", 60_000))

    assert (member.row.plan.name, member.row.price) == ("Oro", Decimal(60_000))
    assert PlanChange.objects.get().amount == 10_000  # ten of thirty days
    assert verify() == []
    member.live_until(day("2026-05-01", 1))
    assert earned() == 40_000
    assert [month.price for month in member.months] == [30_000, 60_000]
    assert verify() == []


def test_a_cheaper_plan_waits_for_the_next_month(member: Member) -> None:
    member.live_until(day("2026-04-21"))
    change(member, a_plan("Plata", 20_000))
    assert (member.row.plan.name, member.row.price) == ("VIP", Decimal(30_000))

    member.live_until(day("2026-05-02"))

    assert (member.row.plan.name, member.row.price, member.row.next_plan) == (
        "Plata",
        Decimal(20_000),
        None,
    )
    assert Charge.objects.count() == 2
    assert earned() == 30_000


def test_what_was_planned_is_forgotten(member: Member) -> None:
    with pytest.raises(errors.PlanIsTheSame):
        change(member, member.plan)
    change(member, a_plan("Plata", 20_000))
    change(member, member.plan)
    assert member.row.next_plan is None
    assert member.row.next_price is None


def test_a_refused_difference_changes_nothing_and_can_be_tried_again(member: Member) -> None:
    gold = a_plan("Oro", 60_000)
    change(member, gold, decline)
    assert member.row.plan.name == "VIP"

    change(member, gold)

    assert member.row.plan.name == "Oro"
    assert [one.state for one in PlanChange.objects.order_by("asked_at", "pk")] == [
        "given_up",
        "done",
    ]


def test_while_a_difference_is_being_charged_no_other_is(member: Member) -> None:
    gold = a_plan("Oro", 60_000)
    change(member, gold, say_nothing)
    with pytest.raises(errors.SubscriptionBusy):
        change(member, gold)
    assert Charge.objects.count() == 2

    cancel_subscription(
        subscription_id=member.id, client_id=None, actor_id=member.client.pk, now=member.now
    )
    end(member.open_charge, Status.APPROVED, now=member.now)

    assert member.row.plan.name == "VIP"
    assert [lot.amount for lot in CreditLot.objects.all()] == [30_000]
    assert verify() == []


def test_no_plan_changes_while_the_next_month_is_asked_for(member: Member) -> None:
    gold = a_plan("Oro", 60_000)
    member.live_until(day("2026-04-29"), say_nothing)
    with pytest.raises(errors.PlanChangeNotNow):
        change(member, gold)
    end(member.open_charge, Status.APPROVED, now=member.now)
    with pytest.raises(errors.PlanChangeNotNow):
        change(member, gold)

    member.live_until(day("2026-05-01", 1))
    change(member, gold)

    assert member.row.plan.name == "Oro"
    assert verify() == []


def pay(member: Member, amount: int, now: datetime) -> Charge:
    """Something else is bought and paid by card."""
    with transaction.atomic():
        payment = open_payment(
            kind="balance",
            payable_kind=KIND,
            payable_id=member.client.pk,
            client_id=member.client.pk,
            amount=Decimal(amount),
            currency="COP",
            expires_at=now,
            now=now,
        )
    charge = Charge(payment=payment, reference=payment.reference)
    end(charge, Status.APPROVED, now=now)
    return charge


def test_members_get_a_part_of_what_they_pay_back_each_month(
    member: Member, payable: FakePayable
) -> None:
    pay(member, 149_950, day("2026-04-10"))
    refunded = pay(member, 50_000, day("2026-04-20"))
    refunded.payment.attempts.update(refunded=40_000)
    pay(member, 70_000, day("2026-05-02"))

    member.live_until(day("2026-05-03"))

    (lot,) = CreditLot.objects.all()
    assert (lot.amount, lot.cause_kind) == (Decimal(1_600), "finances.subscription_period.cashback")
    assert saved_by(client_id=member.client.pk) == 1_600
    refunded.payment.attempts.update(refunded=0)
    assert verify() == []


def test_spa_15_so_many_months_without_a_gap_are_rewarded_once() -> None:
    FinanceSettings.objects.create(vip_reward_months=2, vip_reward_credit=50_000)
    member = Member(now=day("2026-04-01")).subscribe()

    member.live_until(day("2026-08-02"))

    rewards = CreditLot.objects.filter(cause_kind="finances.subscription_period.reward")
    assert [lot.amount for lot in rewards] == [50_000, 50_000]
    shown = get_membership(client_id=member.client.pk, now=day("2026-08-02"))
    assert (shown["saved"], shown["consecutive_months"]) == ("100000.00", 5)
    assert verify() == []


def test_a_reward_of_nothing_is_none() -> None:
    FinanceSettings.objects.create(vip_reward_months=1, vip_reward_credit=0)
    member = Member(now=day("2026-04-01")).subscribe()
    member.live_until(day("2026-05-02"))
    assert not CreditLot.objects.exists()
