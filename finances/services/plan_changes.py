"""Changing the plan of a membership: dearer at once for the difference, cheaper from next month."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core.money import ZERO
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.means import Means, Method
from finances.domain.subscriptions import (
    PLAN_CHANGE,
    Happened,
    PeriodState,
    SubscriptionStatus,
    prorated,
)
from finances.models import (
    Charge,
    FinanceSettings,
    PlanChange,
    Subscription,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.models.payments import PaymentKind
from finances.models.subscriptions import ChangeState
from finances.selectors.subscriptions import get_offered_plan
from finances.steps.charges import order_charge
from finances.steps.payments import expire_payments, open_payment
from finances.steps.subscriptions import is_being_charged, local, lock_subscription, note
from finances.types import OrderedSubscription
from users.steps.locks import lock_welcome_person

_S = SubscriptionStatus


@use_case
def change_plan(
    *, subscription_id: UUID, client_id: UUID, plan_id: UUID, now: datetime
) -> OrderedSubscription:
    """Have another plan, at the price it has today; the charge to send when it is dearer.

    A dearer one counts from the moment its difference for the rest of the month is paid; a cheaper
    one from the next month. Back to the plan one has only forgets what was planned. Raises
    `SubscriptionUnknown`, `PlanUnknown`, `PlanNotOffered`, `PlanIsTheSame`, `PlanChangeNotNow`,
    `SubscriptionBusy`, `SourceNotUsable`, `EmailNeeded`, `Banned`.
    """
    lock_welcome_person(person_id=client_id)
    subscription = lock_subscription(subscription_id=subscription_id, client_id=client_id)
    plan = get_offered_plan(plan_id=plan_id)
    month = _current_month(subscription, now=now)
    _forget_waiting(subscription, now=now)
    is_kept = (plan.pk, plan.monthly_price) == (subscription.plan_id, subscription.price)
    if is_kept and subscription.next_plan_id is None:
        raise errors.PlanIsTheSame
    if plan.currency != subscription.currency:
        raise errors.PlanNotOffered
    more = plan.monthly_price - subscription.price
    due = prorated(
        max(more, ZERO),
        subscription.currency,
        start=month.starts_on,
        end=month.ends_on,
        today=local(now).date(),
    )
    if due:
        charge = _charge_difference(subscription, month, plan, due=due, now=now)
        return OrderedSubscription(subscription.pk, charge.pk)
    subscription.next_plan = None if is_kept else plan
    subscription.next_price = None if is_kept else plan.monthly_price
    subscription.save()
    note(subscription, Happened.PLAN_PLANNED, actor_id=client_id, now=now)
    return OrderedSubscription(subscription.pk, None)


def _current_month(subscription: Subscription, *, now: datetime) -> SubscriptionPeriod:
    """The paid month that today lies in, while nothing of the next one is asked for."""
    today = local(now).date()
    months = subscription.periods.filter(closed_at=None)
    month = (
        months.filter(state=PeriodState.PAID.value, starts_on__lte=today).order_by("number").last()
    )
    is_alone = month is not None and subscription.paid_until == month.ends_on
    is_due = months.filter(state=PeriodState.DUE.value).exists()
    if subscription.status != _S.ACTIVE or month is None or not is_alone or is_due:
        raise errors.PlanChangeNotNow
    if today >= month.ends_on:
        raise errors.PlanChangeNotNow
    return month


def _forget_waiting(subscription: Subscription, *, now: datetime) -> None:
    """A change that was asked for before is given up, unless its money may be on its way."""
    waiting = PlanChange.objects.filter(subscription=subscription, state=ChangeState.WAITING)
    for change in waiting.select_related("payment"):
        if is_being_charged(change.payment):
            raise errors.SubscriptionBusy
        expire_payments(payable_kind=PLAN_CHANGE, payable_ids=[change.pk], now=now)
        change.state = ChangeState.GIVEN_UP
        change.save()


def _charge_difference(
    subscription: Subscription,
    month: SubscriptionPeriod,
    plan: SubscriptionPlan,
    *,
    due: Decimal,
    now: datetime,
) -> Charge:
    minutes = timedelta(minutes=get_settings(FinanceSettings).subscription_first_minutes)
    change = PlanChange(
        subscription=subscription,
        period=month,
        plan=plan,
        price=plan.monthly_price,
        amount=due,
        asked_at=now,
    )
    change.payment = open_payment(
        kind=PaymentKind.SUBSCRIPTION,
        payable_kind=PLAN_CHANGE,
        payable_id=change.pk,
        client_id=subscription.client_id,
        amount=due,
        currency=subscription.currency,
        expires_at=now + minutes,
        now=now,
    )
    change.save(force_insert=True)
    return order_charge(
        payment_id=change.payment_id,
        client_id=subscription.client_id,
        means=Means(Method.SOURCE, source_id=subscription.source_id),
        ordered_by=subscription.client_id,
        now=now,
    )
