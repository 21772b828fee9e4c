"""Reading memberships (FIN-08)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum
from django.utils import timezone

from core.money import ZERO
from core.selectors.settings import get_settings
from finances import errors
from finances.domain.causes import Cause
from finances.domain.subscriptions import BENEFITS, LIVE, PeriodState, SubscriptionStatus
from finances.models import (
    CreditLot,
    FinanceSettings,
    PlanChange,
    Subscription,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.models.subscriptions import ChangeState
from finances.selectors.vouchers import list_given_vouchers

GIVEN = (Cause.SUBSCRIPTION_CASHBACK, Cause.SUBSCRIPTION_REWARD)
_S = SubscriptionStatus


def list_offered_plans() -> QuerySet[SubscriptionPlan]:
    """What can be subscribed to, the cheapest first."""
    offered = SubscriptionPlan.objects.filter(monthly_price__gt=0)
    return offered.order_by("monthly_price", "pk")


def get_offered_plan(*, plan_id: UUID) -> SubscriptionPlan:
    """A plan that is offered. Raises `PlanUnknown`, `PlanNotOffered`."""
    plan = SubscriptionPlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise errors.PlanUnknown
    if not plan.is_offered:
        raise errors.PlanNotOffered
    return plan


def list_subscriptions(*, client_id: UUID | None = None) -> QuerySet[Subscription]:
    """Memberships, newest first: a client's, or everybody's."""
    found = Subscription.objects.all() if client_id is None else _of(client_id)
    due = SubscriptionPeriod.objects.filter(state=PeriodState.DUE.value)
    waiting = PlanChange.objects.filter(state=ChangeState.WAITING).select_related("plan")
    return (
        found.select_related("plan", "next_plan")
        .prefetch_related(
            Prefetch("periods", queryset=due, to_attr="due"),
            Prefetch("changes", queryset=waiting, to_attr="waiting"),
        )
        .order_by("-subscribed_at", "-pk")
    )


def get_subscription(*, subscription_id: UUID, client_id: UUID | None = None) -> Subscription:
    """One membership. Raises `SubscriptionUnknown`."""
    found = list_subscriptions(client_id=client_id).filter(pk=subscription_id).first()
    if found is None:
        raise errors.SubscriptionUnknown
    return found


def present_subscription(subscription: Subscription) -> dict[str, Any]:
    """The API's membership. No query."""
    due, waiting = getattr(subscription, "due", []), getattr(subscription, "waiting", [])
    until = subscription.paid_until
    return {
        "id": str(subscription.pk),
        "client": str(subscription.client_id),
        "plan": {"id": str(subscription.plan_id), "name": subscription.plan.name},
        "price": f"{subscription.price:.2f}",
        "currency": subscription.currency,
        "status": subscription.status,
        "end_reason": subscription.end_reason or None,
        "payment_source": str(subscription.source_id),
        "last_paid_day": (until - timedelta(days=1)).isoformat() if until else None,
        "next_plan": subscription.next_plan.name if subscription.next_plan else None,
        "next_price": f"{_next_price(subscription):.2f}" if _goes_on(subscription) else None,
        "payment": str(due[0].payment_id) if due else None,
        "plan_change": _present_change(waiting[0]) if waiting else None,
        "subscribed_at": subscription.subscribed_at.isoformat(),
        "ended_at": subscription.ended_at.isoformat() if subscription.ended_at else None,
    }


def get_membership(*, client_id: UUID, now: datetime) -> dict[str, Any]:
    """What being a member is to a client: standing, benefits, next charge, given so far.

    A bounded number of queries, with and without a membership.
    """
    live = list_subscriptions(client_id=client_id).filter(status__in=LIVE).first()
    rules, today = get_settings(FinanceSettings), timezone.localdate(now)
    is_vip = live is not None and live.status in BENEFITS
    return {
        "is_vip": is_vip,
        "subscription": present_subscription(live) if live else None,
        "benefits": {
            "cashback_percent": f"{rules.vip_cashback_percent:.2f}",
            "reward_every_months": rules.vip_reward_months,
            "reward_kind": rules.vip_reward_kind,
            "reward_credit": f"{rules.vip_reward_credit:.2f}",
        },
        "next_charge": _next_charge(live, rules, today) if live and _goes_on(live) else None,
        "consecutive_months": _streak(live) if live else 0,
        "saved": f"{saved_by(client_id=client_id):.2f}",
        "vouchers": [
            {
                "code": voucher.code,
                "value": f"{voucher.value:.2f}",
                "currency": voucher.currency,
                "items": [str(item_id) for item_id in voucher.item_ids],
                "valid_until": voucher.valid_until,
            }
            for voucher in list_given_vouchers(client_id=client_id, now=now)
        ],
    }


def saved_by(*, client_id: UUID) -> Decimal:
    """Credit that a client was given for being a member."""
    lots = CreditLot.objects.filter(client_id=client_id, cause_kind__in=GIVEN)
    return lots.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _present_change(change: PlanChange) -> dict[str, str]:
    return {
        "plan": change.plan.name,
        "amount": f"{change.amount:.2f}",
        "payment": str(change.payment_id),
    }


def _of(client_id: UUID) -> QuerySet[Subscription]:
    return Subscription.objects.filter(client_id=client_id)


def _goes_on(subscription: Subscription) -> bool:
    return subscription.status in {_S.ACTIVE, _S.PAST_DUE}


def _next_price(subscription: Subscription) -> Decimal:
    return subscription.next_price or subscription.price


def _next_charge(
    subscription: Subscription, rules: FinanceSettings, today: date
) -> dict[str, str] | None:
    if subscription.paid_until is None:
        return None
    day = subscription.paid_until - timedelta(days=rules.subscription_days_before)
    return {
        "day": max(day, today).isoformat(),
        "amount": f"{_next_price(subscription):.2f}",
        "currency": subscription.currency,
    }


def _streak(subscription: Subscription) -> int:
    paid = SubscriptionPeriod.objects.filter(
        subscription=subscription, state=PeriodState.PAID.value
    )
    return paid.order_by("-number").values_list("streak", flat=True).first() or 0
