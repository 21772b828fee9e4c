"""Leaving, being sent away, and money that comes too late (FIN-08, NA-23, USERS-10)."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from finances.domain.statuses import Status
from finances.models import (
    Charge,
    CreditLot,
    Payment,
    Subscription,
)
from finances.selectors.ledger import verify
from finances.services.renewals import work_on_next_subscription
from finances.services.subscriptions import (
    subscribe,
)
from finances.tests.members import (
    Member,
    approve,
    balance,
    ban,
    cancel,
    day,
    decline,
    end,
    reactivate,
    say_nothing,
    told,
)
from users.models import User
from users.services.bans import ban_person, welcome_again
from users.tests.factories import UserFactory
from users.tests.test_admin import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    """Somebody who becomes a member on the last day of January, for 90 000 a month."""
    return Member(now=day("2026-01-31")).subscribe()


def test_na_23_late_money_brings_back_who_did_not_leave(member: Member) -> None:
    member.live_until(day("2026-02-26"), say_nothing)
    late = member.open_charge
    Charge.objects.filter(pk=late.pk).update(status="lost", ended_at=member.now)
    member.live_until(day("2026-03-10"), decline)
    assert (member.status, member.role) == ("ended", "client")

    end(late, Status.APPROVED, now=day("2026-03-12"))

    month = member.months[-1]
    assert (member.status, member.role) == ("active", "vip")
    assert (month.starts_on, month.ends_on, month.streak) == (
        date(2026, 3, 12),
        date(2026, 4, 12),
        1,
    )
    assert verify() == []


@pytest.mark.parametrize(
    "left", ["cancelled", "cancelled past due", "banned", "subscribed again", "paid already"]
)
def test_na_23_late_money_that_buys_no_month_is_credit(member: Member, left: str) -> None:
    member.live_until(day("2026-02-26"), say_nothing)
    late = member.open_charge
    if left == "cancelled":
        cancel(member)
    elif left == "cancelled past due":
        member.live_until(day("2026-03-02"), say_nothing)
        cancel(member)
        assert (member.status, member.role) == ("ended", "client")
    elif left == "banned":
        ban(member)
    else:
        Charge.objects.filter(pk=late.pk).update(status="lost", ended_at=member.now)
        bank = approve if left == "paid already" else decline
        member.live_until(day("2026-03-10"), bank)
    if left == "subscribed again":
        ordered = subscribe(
            client_id=member.client.pk,
            plan_id=member.plan.pk,
            source_id=member.source.pk,
            now=member.now,
        )
        member.answer(ordered.charge_id, approve)

    end(late, Status.APPROVED, now=member.now)

    lots = CreditLot.objects.exclude(cause_kind__startswith="finances.subscription")
    assert [lot.amount for lot in lots] == [90_000]
    assert Subscription.objects.filter(status="active").count() <= 1
    assert verify() == []


def test_who_cancels_keeps_the_paid_month_and_is_charged_no_more(member: Member) -> None:
    member.live_until(day("2026-02-10"))
    cancel(member)
    cancel(member)
    assert (member.status, member.role) == ("cancelled", "vip")

    member.live_until(day("2026-03-30"))

    assert (member.status, member.row.end_reason, member.role) == ("ended", "cancelled", "client")
    assert Charge.objects.count() == 1
    assert balance("revenue_subscriptions") == 90_000
    assert told(member).count("subscription_cancelled") == 1
    assert verify() == []


def test_who_cancels_after_the_renewal_keeps_that_month_too(member: Member) -> None:
    member.live_until(day("2026-02-26"))
    cancel(member)

    member.live_until(day("2026-03-30", 23))
    assert member.status == "cancelled"
    assert member.live_until(day("2026-03-31", 1)).status == "ended"


def test_who_reactivates_goes_on_as_before(member: Member) -> None:
    member.live_until(day("2026-02-25", 8))
    cancel(member)
    reactivate(member)
    reactivate(member)

    member.live_until(day("2026-04-01"))

    assert (member.status, len(member.months)) == ("active", 3)
    assert member.months[-1].streak == 3
    assert verify() == []


def test_a_month_given_up_is_asked_for_anew_once_its_charge_is_over(member: Member) -> None:
    member.live_until(day("2026-02-25", 10), say_nothing)
    first = member.open_charge
    cancel(member)
    assert member.months[-1].state == "given_up"
    assert Payment.objects.filter(status="expired").count() == 1
    reactivate(member)
    assert work_on_next_subscription(now=day("2026-02-26", 10))
    assert Charge.objects.count() == 2

    Charge.objects.filter(pk=first.pk).update(status="lost", ended_at=member.now)
    member.live_until(day("2026-02-27"))

    assert [m.state for m in member.months] == ["paid", "paid"]
    assert Payment.objects.filter(status="approved").count() == 2

    end(first, Status.APPROVED, now=member.now)

    assert [lot.amount for lot in CreditLot.objects.all()] == [90_000]
    assert verify() == []


def test_users_10_who_is_banned_gets_the_days_that_are_left_as_credit(member: Member) -> None:
    member.live_until(day("2026-02-26"))
    ban(member)

    given = sorted(lot.amount for lot in CreditLot.objects.all())
    # Two of 28 days of the first month, all of the second.
    assert given == [6_429, 90_000]
    assert (member.status, member.row.end_reason) == ("ended", "banned")
    assert balance("deferred_subscriptions") == 0
    assert balance("revenue_subscriptions") == 180_000 - sum(given)
    assert verify() == []


def test_whose_account_is_closed_is_out_at_once_with_a_reason_of_its_own(member: Member) -> None:
    close(member)

    assert (member.role, member.status, member.row.end_reason) == ("client", "ended", "closed")
    assert balance("deferred_subscriptions") == 0
    assert verify() == []


def test_who_is_welcome_again_before_the_event_comes_stays_a_member(member: Member) -> None:
    boss = UserFactory.create(admin=True)
    about = {"person_id": member.client.pk, "actor_id": boss.pk, "now": member.now}
    ban_person(reason="Amenazas", **about)
    welcome_again(reason="Era otra persona", **about)
    close(member, opens_again=True)

    assert (member.role, member.status, member.row.end_reason) == ("vip", "active", "")
    assert not CreditLot.objects.exists()


def close(member: Member, *, opens_again: bool = False) -> None:
    """Somebody closes the account in the administration, and perhaps opens it again."""
    boss, browser = UserFactory.create(admin=True), Client()
    browser.force_login(boss)
    url = reverse("admin:users_user_change", args=[member.client.pk])
    for is_active in [False, True][: 2 if opens_again else 1]:
        typed = form_of(member.client)
        if not is_active:
            del typed["is_active"]
        answer = browser.post(url, typed)
        assert answer.status_code == 302
    assert User.objects.get(pk=member.client.pk).is_active is opens_again
