"""Months that are over are earned, and what being a member brings is given (FIN-08, SPA-15, NA-29).

Both belong to the month, once: its row is the cause. Credit that was given stays whatever is given
back later, so that no refund waits for it; what went back before the month was over did not count.
"""

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext

from core.db import requires_transaction
from core.money import ZERO, share_of
from core.outbox import publish
from core.selectors.settings import get_settings
from finances.domain.accounts import Account
from finances.domain.causes import Cause
from finances.domain.sales import ItemKind, SaleLine
from finances.domain.statuses import Status
from finances.domain.subscriptions import MONTH, PeriodState, RewardKind, prorated
from finances.events import CreditAdjusted
from finances.models import (
    CounterPayment,
    CounterRefunded,
    FinanceSettings,
    PaymentAttempt,
    PlanChange,
    Subscription,
    SubscriptionPeriod,
)
from finances.models.payments import PaymentKind
from finances.models.subscriptions import ChangeState
from finances.registry import find_sellable
from finances.steps.credit import issue_credit
from finances.steps.given_vouchers import give_service
from finances.steps.recognition import recognise
from finances.types import Earning, Sale, Scope


@requires_transaction
def close_months(subscription: Subscription, *, today: date, now: datetime) -> None:
    """Earn the paid months of a locked membership that are over, and reward them. Each once."""
    for month in _open_months(subscription).filter(ends_on__lte=today):
        _earn(month, held_for(month), now=now)
        _give_cashback(month, now=now)
        _give_reward(month, now=now)
        month.closed_at = now
        month.save()


@requires_transaction
def settle_up(subscription: Subscription, *, today: date, now: datetime) -> None:
    """Close a locked membership's months today: days that are left are the client's credit."""
    for month in _open_months(subscription):
        held = held_for(month)
        left = prorated(held, month.currency, start=month.starts_on, end=month.ends_on, today=today)
        _earn(month, held - left, now=now)
        reason = gettext("días de membresía que no usaste")
        _give(month, left, Account.DEFERRED_SUBSCRIPTIONS, Cause.SUBSCRIPTION_REST, reason, now=now)
        month.closed_at = now
        month.save()


def held_for(month: SubscriptionPeriod) -> Decimal:
    """What was paid for a month and its changes of plan, and the gateway did not take back."""
    changes = PlanChange.objects.filter(
        period=month, state=ChangeState.DONE, payment__status=Status.APPROVED
    )
    more = changes.aggregate(sum=Sum("amount"))["sum"] or ZERO
    return more + (month.price if month.payment.status == Status.APPROVED else ZERO)


def _open_months(subscription: Subscription) -> QuerySet[SubscriptionPeriod]:
    paid = subscription.periods.filter(state=PeriodState.PAID.value, closed_at=None)
    return paid.select_related("payment", "plan").order_by("number")


def _earn(month: SubscriptionPeriod, amount: Decimal, *, now: datetime) -> None:
    """No place is named: a membership is good in all of them."""
    line = SaleLine(
        kind=ItemKind.SUBSCRIPTION,
        description=gettext("Membresía %(plan)s") % {"plan": month.plan.name},
        list_price=amount,
        item_id=month.plan_id,
    )
    earning = Earning(
        client_id=month.subscription.client_id,
        amount=amount,
        currency=month.currency,
        source=Account.DEFERRED_SUBSCRIPTIONS,
        revenue=Account.REVENUE_SUBSCRIPTIONS,
        cause_kind=Cause.SUBSCRIPTION_PERIOD,
        cause_id=month.pk,
        sale=Sale(location_id=None, payable_kind=MONTH, payable_id=month.pk, lines=(line,)),
    )
    recognise([earning], now=now)


def _give_cashback(month: SubscriptionPeriod, *, now: datetime) -> None:
    percent = get_settings(FinanceSettings).vip_cashback_percent
    amount = share_of(_paid_within(month), percent, month.currency)
    reason = gettext("beneficio VIP por tus pagos del mes")
    _give(month, amount, Account.PROMOTIONS, Cause.SUBSCRIPTION_CASHBACK, reason, now=now)


def _give_reward(month: SubscriptionPeriod, *, now: datetime) -> None:
    rules = get_settings(FinanceSettings)
    if month.streak % rules.vip_reward_months:
        return
    reason = gettext("premio por %(months)s meses seguidos de membresía") % {"months": month.streak}
    if _give_service(month, rules, reason, now=now):
        return
    amount = rules.vip_reward_credit
    _give(month, amount, Account.PROMOTIONS, Cause.SUBSCRIPTION_REWARD, reason, now=now)


def _give_service(
    month: SubscriptionPeriod, rules: FinanceSettings, reason: str, *, now: datetime
) -> bool:
    """Whether the month is rewarded with a service. One that is not sold any more is none."""
    service_id = rules.vip_reward_service
    if rules.vip_reward_kind != RewardKind.VOUCHER or service_id is None:
        return False
    service = find_sellable(Scope.SERVICES, service_id)
    if service is None or service.price <= 0 or service.currency != month.currency:
        return False
    give_service(
        month,
        service_id=service_id,
        service=service,
        days=rules.vip_reward_voucher_days,
        reason=reason,
        now=now,
    )
    return True


def _give(
    month: SubscriptionPeriod,
    amount: Decimal,
    source: Account,
    cause: Cause,
    reason: str,
    *,
    now: datetime,
) -> None:
    if amount <= 0:
        return
    client_id, currency = month.subscription.client_id, month.currency
    issue_credit(
        client_id=client_id,
        amount=amount,
        currency=currency,
        source=source,
        cause_kind=cause,
        cause_id=month.pk,
        reason=reason,
        now=now,
    )
    publish(CreditAdjusted(client_id=client_id, amount=amount, currency=currency, reason=reason))


def _paid_within(month: SubscriptionPeriod) -> Decimal:
    """What the member paid for other things in the month, and did not get back. Three queries."""
    zone = ZoneInfo(settings.TIME_ZONE)
    start, end = (
        datetime.combine(day, time(), tzinfo=zone) for day in (month.starts_on, month.ends_on)
    )
    client_id, currency = month.subscription.client_id, month.currency
    online = PaymentAttempt.objects.filter(
        payment__client_id=client_id,
        currency=currency,
        status=Status.APPROVED,
        booked_at__gte=start,
        booked_at__lt=end,
    ).exclude(payment__kind=PaymentKind.SUBSCRIPTION)
    in_person = CounterPayment.objects.filter(
        client_id=client_id, currency=currency, taken_at__gte=start, taken_at__lt=end
    )
    back = CounterRefunded.objects.filter(payment__in=in_person)
    sums = (
        online.aggregate(sum=Sum(F("amount") - F("refunded")))["sum"],
        in_person.aggregate(sum=Sum("amount"))["sum"],
        -(back.aggregate(sum=Sum("refunded"))["sum"] or ZERO),
    )
    return sum((part or ZERO for part in sums), ZERO)
