"""Becoming a member, leaving, and staying after all (FIN-08)."""

from datetime import datetime, timedelta
from uuid import UUID

from core.db import on_violation
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.means import Means, Method
from finances.domain.subscriptions import EndReason, Happened, SubscriptionStatus
from finances.models import Charge, FinanceSettings, Subscription, SubscriptionPeriod
from finances.models.subscriptions import ONE_LIVE
from finances.selectors.sources import get_usable_source
from finances.selectors.subscriptions import get_offered_plan
from finances.steps.charges import order_charge
from finances.steps.subscription_tries import order_try
from finances.steps.subscriptions import (
    PAYABLE_FOR,
    SOON,
    change_status,
    end_subscription,
    give_up_open,
    is_trying,
    local,
    lock_subscription,
    lock_with_bill,
    note,
    open_month,
)
from finances.types import OrderedSubscription
from users.selectors.people import get_contact
from users.steps.locks import lock_welcome_person

_S = SubscriptionStatus
# Who has another role would pay for benefits that role does not get (NA-28).
MAY_SUBSCRIBE = frozenset({"client", "vip"})


@use_case
def subscribe(
    *, client_id: UUID, plan_id: UUID, source_id: UUID, now: datetime
) -> OrderedSubscription:
    """Order a membership and the charge of its first month; the edge sends that.

    It begins when the money is there; without money it is over after some minutes. Raises
    `PlanUnknown`, `PlanNotOffered`, `SubscriptionLive`, `SubscriptionForClients`, `SourceUnknown`,
    `SourceNotUsable`, `EmailNeeded`, `Banned`.
    """
    lock_welcome_person(person_id=client_id)
    if get_contact(person_id=client_id).role not in MAY_SUBSCRIBE:
        raise errors.SubscriptionForClients
    plan = get_offered_plan(plan_id=plan_id)
    source = get_usable_source(source_id=source_id, client_id=client_id)
    today = local(now).date()
    subscription = Subscription(
        client_id=client_id,
        plan=plan,
        price=plan.monthly_price,
        currency=plan.currency,
        source=source,
        status=_S.PENDING.value,
        anchor_day=today.day,
        next_look_at=now + SOON,
        subscribed_at=now,
    )
    with on_violation(ONE_LIVE, errors.SubscriptionLive()):
        subscription.save(force_insert=True)
    minutes = timedelta(minutes=get_settings(FinanceSettings).subscription_first_minutes)
    month = open_month(subscription, starts_on=today, expires_at=now + minutes, now=now)
    charge = order_charge(
        payment_id=month.payment_id,
        client_id=client_id,
        means=Means(Method.SOURCE, source_id=source.pk),
        ordered_by=client_id,
        now=now,
    )
    note(subscription, Happened.ASKED, actor_id=client_id, now=now)
    return OrderedSubscription(subscription.pk, charge.pk)


@use_case
def cancel_subscription(
    *, subscription_id: UUID, client_id: UUID | None, actor_id: UUID, now: datetime
) -> OrderedSubscription:
    """Charge nothing any more; what is paid stays until its end. A repeat does nothing.

    `client_id` narrows to a client's own. One that has no paid time left is over at once. Money on
    its way at this moment becomes credit. Raises `SubscriptionUnknown`, `SubscriptionOver`.
    """
    subscription = lock_subscription(subscription_id=subscription_id, client_id=client_id)
    status = _S(subscription.status)
    if status is _S.ENDED:
        raise errors.SubscriptionOver
    if status is _S.ACTIVE:
        give_up_open(subscription, now=now)
        subscription.next_plan = subscription.next_price = None
        subscription.next_look_at = now
        change_status(subscription, _S.CANCELLED, Happened.CANCELLED, actor_id=actor_id, now=now)
    elif status is not _S.CANCELLED:
        end_subscription(subscription, EndReason.CANCELLED, actor_id=actor_id, now=now)
    return OrderedSubscription(subscription.pk, None)


@use_case
def reactivate_subscription(
    *,
    subscription_id: UUID,
    client_id: UUID,
    source_id: UUID | None,
    now: datetime,
) -> OrderedSubscription:
    """Stay after all, or pay what is past due with the kept source, or another; the edge sends it.

    Raises `SubscriptionUnknown`, `SubscriptionOver`, `SubscriptionBusy`, `SourceUnknown`,
    `SourceNotUsable`, `Banned`.
    """
    lock_welcome_person(person_id=client_id)
    subscription, due = lock_with_bill(subscription_id=subscription_id, client_id=client_id)
    status, today = _S(subscription.status), local(now).date()
    until = subscription.paid_until
    if status is _S.PENDING:
        raise errors.SubscriptionBusy
    if status is _S.ENDED or until is None:
        raise errors.SubscriptionOver
    if status is _S.CANCELLED and today >= until:
        raise errors.SubscriptionOver
    if source_id is not None:
        subscription.source = get_usable_source(source_id=source_id, client_id=client_id)
    charge = None
    if status is _S.CANCELLED:
        subscription.next_look_at = now
        change_status(subscription, _S.ACTIVE, Happened.REACTIVATED, actor_id=client_id, now=now)
    elif status is _S.PAST_DUE:
        month = due or open_month(
            subscription, starts_on=until, expires_at=now + PAYABLE_FOR, now=now
        )
        charge = _pay_past_due(subscription, month, now=now)
    subscription.save()
    return OrderedSubscription(subscription.pk, charge.pk if charge else None)


def _pay_past_due(
    subscription: Subscription, month: SubscriptionPeriod, *, now: datetime
) -> Charge:
    if is_trying(month):
        raise errors.SubscriptionBusy
    charge = order_try(subscription, month, now=now, ordered_by=subscription.client_id)
    if charge is None:
        raise errors.SourceNotUsable
    subscription.next_look_at = now + SOON
    return charge
