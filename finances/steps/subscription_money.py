"""A membership's money has arrived: its month begins, goes on, or comes back (NA-23, NA-28)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from core.db import on_violation, requires_transaction
from finances import errors
from finances.domain.subscriptions import (
    RETURNS,
    EndReason,
    Happened,
    PeriodState,
    SubscriptionStatus,
    month_after,
)
from finances.models import PlanChange, Subscription, SubscriptionPeriod
from finances.models.subscriptions import ONE_LIVE, ChangeState
from finances.steps.subscriptions import change_status, local, note
from finances.types import Allocation, Settled
from users.selectors.people import is_banned

_S = SubscriptionStatus


class MonthPayable:
    """A month of a membership, as settling asks it."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Each month is paid once; what buys no month is the client's credit."""
        ids = [one.payable_id for one in paid]
        months = SubscriptionPeriod.objects.filter(pk__in=ids)
        held = _lock(months.values_list("subscription_id", flat=True))
        found = {month.pk: month for month in months}
        for month in found.values():
            month.subscription = held[month.subscription_id]
        return [_take(found[one.payable_id], one, now=now) for one in paid]

    def describe(self, *, payable_id: UUID) -> str:
        """The plan's name."""
        month = SubscriptionPeriod.objects.select_related("plan").get(pk=payable_id)
        return _name(month.plan.name)


class PlanChangePayable:
    """The difference to a dearer plan."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """The plan changes now if the month is still the same, otherwise the money is credit."""
        changes = PlanChange.objects.filter(pk__in=[one.payable_id for one in paid])
        held = _lock(changes.values_list("subscription_id", flat=True))
        found = {change.pk: change for change in changes.select_related("period", "plan")}
        for change in found.values():
            change.subscription = held[change.subscription_id]
        return [_change(found[one.payable_id], one, now=now) for one in paid]

    def describe(self, *, payable_id: UUID) -> str:
        """The new plan's name."""
        change = PlanChange.objects.select_related("plan").get(pk=payable_id)
        return gettext("cambio a %(plan)s") % {"plan": _name(change.plan.name)}


MONTHS, PLAN_CHANGES = MonthPayable(), PlanChangePayable()


def _name(plan: str) -> str:
    return gettext("membresía %(plan)s") % {"plan": plan}


def _lock(ids: Collection[UUID]) -> dict[UUID, Subscription]:
    """In one order; what was read before is read again by whoever calls."""
    rows = Subscription.objects.filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def _take(month: SubscriptionPeriod, paid: Settled, *, now: datetime) -> Allocation:
    subscription = month.subscription
    status = _S(subscription.status)
    if month.state == PeriodState.PAID:
        reason = gettext("ese mes de la membresía ya estaba pagado")
        return Allocation.credited(branch="month_paid", reason=reason)
    if status in {_S.ACTIVE, _S.PAST_DUE}:
        what = Happened.RECOVERED if status is _S.PAST_DUE else Happened.RENEWED
        _pay(month, paid, what, now=now)
        return Allocation.accepted()
    if status is _S.PENDING or _may_return(subscription):
        try:
            with on_violation(ONE_LIVE, errors.SubscriptionLive()):
                _begin(month, paid, now=now)
        except errors.SubscriptionLive:
            reason = gettext("ya tenías otra membresía")
            return Allocation.credited(branch="other_subscription", reason=reason)
        return Allocation.accepted(branch="" if status is _S.PENDING else "subscription_back")
    reason = gettext("la membresía ya no estaba vigente")
    return Allocation.credited(branch="subscription_left", reason=reason)


def _may_return(subscription: Subscription) -> bool:
    """Whether late money brings a membership back: its owner neither left nor was sent away."""
    if subscription.status != _S.ENDED or EndReason(subscription.end_reason) not in RETURNS:
        return False
    return not is_banned(person_id=subscription.client_id)


def _begin(month: SubscriptionPeriod, paid: Settled, *, now: datetime) -> None:
    """A whole month from today on, whenever the money came."""
    today = local(now).date()
    month.subscription.anchor_day = today.day
    month.starts_on, month.ends_on = today, month_after(today, today.day)
    _pay(month, paid, Happened.STARTED, now=now)


def _pay(month: SubscriptionPeriod, paid: Settled, what: Happened, *, now: datetime) -> None:
    subscription = month.subscription
    before = subscription.periods.filter(number=month.number - 1, ends_on=month.starts_on).first()
    month.streak = before.streak + 1 if before and before.state == PeriodState.PAID else 1
    month.state, month.paid_at = PeriodState.PAID.value, now
    month.payment_id = paid.payment_id
    month.save()
    subscription.plan_id, subscription.price = month.plan_id, month.price
    subscription.next_plan = subscription.next_price = None
    subscription.paid_until, subscription.next_look_at = month.ends_on, now
    subscription.tries, subscription.last_try_on = 0, None
    if subscription.status == _S.ACTIVE:
        subscription.save()
        note(subscription, what, now=now)
    else:
        change_status(subscription, _S.ACTIVE, what, actor_id=None, now=now)


def _change(change: PlanChange, paid: Settled, *, now: datetime) -> Allocation:
    subscription, month = change.subscription, change.period
    is_same = month.closed_at is None and subscription.paid_until == month.ends_on
    if change.state == ChangeState.DONE or subscription.status != _S.ACTIVE or not is_same:
        reason = gettext("el plan ya no se pudo cambiar")
        return Allocation.credited(branch="plan_not_changed", reason=reason)
    change.state, change.payment_id = ChangeState.DONE, paid.payment_id
    change.save()
    subscription.plan, subscription.price = change.plan, change.price
    subscription.next_plan = subscription.next_price = None
    subscription.save()
    note(subscription, Happened.PLAN_CHANGED, now=now)
    return Allocation.accepted()
