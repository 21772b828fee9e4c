"""Memberships through the year: charged, refused, past due, over, back (FIN-08, USERS-13)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from finances import errors
from finances.domain.statuses import Status
from finances.domain.subscriptions import Happened, SubscriptionStatus
from finances.models import (
    Charge,
    Payment,
    PaymentSource,
    SalesDocument,
    Subscription,
    SubscriptionLogEntry,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.selectors.ledger import verify
from finances.services.renewals import order_charge_now
from finances.services.subscriptions import (
    subscribe,
)
from finances.steps.subscriptions import change_status
from finances.tests.members import (
    Member,
    a_card,
    a_plan,
    approve,
    balance,
    cancel,
    day,
    decline,
    end,
    lose,
    reactivate,
    say_nothing,
    told,
)
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    """Somebody who becomes a member on the last day of January, for 90 000 a month."""
    return Member(now=day("2026-01-31")).subscribe()


def test_na_28_a_membership_begins_with_its_money_and_makes_vip() -> None:
    member = Member(now=day("2026-03-10")).subscribe(say_nothing)
    assert (member.status, member.role) == ("pending", "client")

    end(member.open_charge, Status.APPROVED, now=member.now)

    (month,) = member.months
    assert (member.status, member.role) == ("active", "vip")
    assert (month.state, month.starts_on, month.ends_on) == (
        "paid",
        date(2026, 3, 10),
        date(2026, 4, 10),
    )
    assert balance("deferred_subscriptions") == 90_000
    assert told(member) == ["subscription_paid"]
    assert verify() == []


def test_months_follow_each_other_and_are_earned_when_they_are_over(member: Member) -> None:
    member.live_until(day("2026-04-02"))

    assert [(m.starts_on, m.ends_on) for m in member.months] == [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 4, 30)),
    ]
    assert member.tried_on == [date(2026, 2, 25), date(2026, 3, 28)]
    assert balance("deferred_subscriptions") == 90_000
    assert balance("revenue_subscriptions") == 2 * 90_000
    assert [d.total for d in SalesDocument.objects.all()] == [90_000, 90_000]
    assert [m.streak for m in member.months] == [1, 2, 3]
    assert verify() == []


def test_three_refusals_on_three_days_then_grace_then_the_end(member: Member) -> None:
    member.live_until(day("2026-02-28", 1), decline)
    assert member.tried_on == [date(2026, 2, 25), date(2026, 2, 26), date(2026, 2, 27)]
    assert (member.status, member.row.tries, member.role) == ("past_due", 3, "vip")

    member.live_until(day("2026-03-06", 23), decline)
    assert (member.status, member.role) == ("past_due", "vip")
    member.live_until(day("2026-03-07", 1), decline)

    assert (member.status, member.row.end_reason, member.role) == ("ended", "unpaid", "client")
    assert told(member) == [
        "subscription_paid",
        *["subscription_declined"] * 3,
        "subscription_past_due",
        "subscription_ended",
    ]
    assert member.row.next_look_at is None
    assert Payment.objects.count() == 2
    assert verify() == []


def test_money_in_the_days_of_grace_pays_the_month_that_has_begun(member: Member) -> None:
    member.live_until(day("2026-03-02"), decline)
    PaymentSource.objects.update(status="voided", is_default=False)
    ordered = reactivate(member, a_card(member.client, gateway_id="78"))

    member.answer(ordered.charge_id, approve)

    assert (member.status, member.row.tries) == ("active", 0)
    assert member.months[-1].starts_on == date(2026, 2, 28)
    assert told(member)[-1] == "subscription_paid"
    assert verify() == []


def test_na_24_an_open_charge_waits_however_long_it_takes(member: Member) -> None:
    member.live_until(day("2026-03-08"), say_nothing)
    assert (member.status, len(member.tried_on)) == ("past_due", 1)
    with pytest.raises(errors.SubscriptionBusy):
        reactivate(member)
    with pytest.raises(errors.SubscriptionBusy):
        order_charge_now(
            subscription_id=member.id, actor_id=UserFactory.create().pk, now=member.now
        )

    end(member.open_charge, Status.APPROVED, now=member.now)

    assert member.status == "active"
    assert Charge.objects.count() == 2
    assert verify() == []


def test_na_24_a_gateway_that_is_away_for_weeks_ends_nothing(member: Member) -> None:
    member.live_until(day("2026-03-09", 1), lose)
    assert (member.status, member.row.tries) == ("past_due", 0)
    assert len(member.tried_on) == len(set(member.tried_on)) > 10
    assert "subscription_declined" not in told(member)

    member.live_until(day("2026-03-09"), approve)

    assert (member.status, member.months[-1].starts_on) == ("active", date(2026, 2, 28))
    assert verify() == []


def test_na_24_what_the_gateway_has_against_us_is_no_try_of_the_members(member: Member) -> None:
    def refuse(charge: Charge, now: Any) -> None:
        Charge.objects.filter(pk=charge.pk).update(
            status="refused", refusal="FIN-CHARGE-REFUSED", ended_at=now, next_look_at=None
        )

    member.live_until(day("2026-02-28"), refuse)
    assert member.row.tries == 0

    Charge.objects.filter(number=3).update(refusal="FIN-SOURCE-REFUSED")
    member.live_until(day("2026-02-28", 23), say_nothing)
    assert member.row.tries == 0  # each is heard once


def test_without_anything_to_charge_each_day_counts_and_is_told(member: Member) -> None:
    PaymentSource.objects.update(status="voided", is_default=False)

    member.live_until(day("2026-03-10"))

    assert (member.status, member.row.tries) == ("ended", 3)
    assert told(member).count("subscription_declined") == 3
    assert Charge.objects.count() == 1


def test_the_default_is_charged_when_the_own_source_is_gone(member: Member) -> None:
    PaymentSource.objects.update(status="voided", is_default=False)
    other = a_card(member.client, gateway_id="78")

    member.live_until(day("2026-02-26"))

    assert Charge.objects.order_by("started_at").last().source_id == other.pk  # type: ignore[union-attr]
    assert member.months[-1].state == "paid"


def test_a_first_month_that_is_never_paid_is_over_and_leaves_room() -> None:
    other = Member(now=day("2026-03-01")).subscribe(decline)
    other.live_until(day("2026-03-01", 14))
    assert (other.status, other.row.end_reason, other.role) == ("ended", "never_paid", "client")
    assert "subscription_declined" in told(other)

    subscribe(
        client_id=other.client.pk, plan_id=other.plan.pk, source_id=other.source.pk, now=other.now
    )
    assert Subscription.objects.filter(client=other.client).count() == 2


def test_a_month_whose_money_was_taken_back_earns_nothing(member: Member) -> None:
    first = Charge.objects.get()
    end(first, Status.VOIDED, now=member.now)

    member.live_until(day("2026-03-01"), decline)

    assert balance("revenue_subscriptions") == balance("deferred_subscriptions") == 0
    assert all(finding.is_explained for finding in verify())


def test_only_clients_may_subscribe_and_once(member: Member) -> None:
    staff = UserFactory.create(staff=True, email="s@example.com")
    for person, refusal in (
        (staff, errors.SubscriptionForClients),
        (member.client, errors.SubscriptionLive),
    ):
        with pytest.raises(refusal):
            subscribe(
                client_id=person.pk,
                plan_id=member.plan.pk,
                source_id=a_card(person, gateway_id=f"9{person.pk.int % 97}").pk,
                now=member.now,
            )
    assert Subscription.objects.count() == Payment.objects.count() == 1


def test_what_is_not_offered_or_not_usable_is_refused_without_trace() -> None:
    member = Member(now=day("2026-03-01"))
    free, other = a_plan("Gratis", 0), a_card(UserFactory.create())
    wrong = [
        (errors.PlanNotOffered, {"plan_id": free.pk}),
        (errors.PlanUnknown, {"plan_id": member.client.pk}),
        (errors.SourceUnknown, {"source_id": other.pk}),
    ]
    for refusal, asked in wrong:
        usual: dict[str, Any] = {"plan_id": member.plan.pk, "source_id": member.source.pk}
        with pytest.raises(refusal):
            subscribe(client_id=member.client.pk, now=member.now, **{**usual, **asked})
    assert not Subscription.objects.exists()
    assert not Payment.objects.exists()


def test_na_26_members_keep_the_price_they_agreed_to(member: Member) -> None:
    SubscriptionPlan.objects.update(monthly_price=0)

    member.live_until(day("2026-03-01"))

    assert [month.price for month in member.months] == [90_000, 90_000]


def test_charging_now_is_for_what_is_due(member: Member) -> None:
    admin = UserFactory.create(admin=True)
    member.live_until(day("2026-02-10"))
    with pytest.raises(errors.SubscriptionNotDue):
        order_charge_now(subscription_id=member.id, actor_id=admin.pk, now=member.now)

    member.live_until(day("2026-02-26", 9), decline)
    charge_id = order_charge_now(subscription_id=member.id, actor_id=admin.pk, now=member.now)
    member.answer(charge_id, approve)

    assert member.months[-1].state == "paid"


def test_a_step_outside_of_the_table_is_refused_and_leaves_no_trace(member: Member) -> None:
    before = SubscriptionLogEntry.objects.count()
    with pytest.raises(ValueError, match="cannot become"), transaction.atomic():
        change_status(
            member.row,
            SubscriptionStatus.PENDING,
            Happened.ASKED,
            actor_id=None,
            now=member.now,
        )
    assert member.status == "active"
    assert SubscriptionLogEntry.objects.count() == before


def test_the_log_says_who_did_what(member: Member) -> None:
    member.live_until(day("2026-02-10"))
    cancel(member)
    found = SubscriptionLogEntry.objects.order_by("at", "pk")
    assert list(found.values_list("what", "before", "after", "actor_id")) == [
        ("asked", "pending", "pending", member.client.pk),
        ("started", "pending", "active", None),
        ("cancelled", "active", "cancelled", member.client.pk),
    ]


def test_time_between_looks_is_the_days_not_the_minutes(member: Member) -> None:
    member.live_until(day("2026-02-05"))
    assert member.row.next_look_at - member.now < timedelta(days=1)  # type: ignore[operator]


def test_the_proof_sees_months_that_hold_other_money_than_the_ledger(member: Member) -> None:
    assert verify() == []

    SubscriptionPeriod.objects.update(price=80_000)

    (finding,) = verify()
    assert finding.text.startswith(f"months of {member.client.pk} hold 80000.00 COP")
    assert not finding.is_explained
