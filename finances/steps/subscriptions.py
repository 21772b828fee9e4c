"""Memberships change here and nowhere else: by the table, logged, and told (FIN-08).

Locks: person, payment, subscription. Settling holds a payment when it comes to the subscription, so
nobody may hold a subscription and wait for a payment that others can see.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.db import requires_transaction
from core.outbox import publish
from finances import errors
from finances.domain.charges import OPEN
from finances.domain.statuses import Status
from finances.domain.subscriptions import (
    MEMBERSHIP_LIFE,
    MONTH,
    PLAN_CHANGE,
    EndReason,
    Happened,
    PeriodState,
    SubscriptionStatus,
    month_after,
)
from finances.events import SubscriptionChanged
from finances.models import (
    Payment,
    PlanChange,
    Subscription,
    SubscriptionLogEntry,
    SubscriptionPeriod,
)
from finances.models.payments import PaymentKind
from finances.models.subscriptions import ChangeState
from finances.steps.payments import expire_payments, open_payment

# While nobody knows what became of a charge: at first, and at most.
SOON, LATER = timedelta(minutes=1), timedelta(hours=6)
# A month's payment can be paid by hand as long as the membership waits; we close it ourselves.
PAYABLE_FOR = timedelta(days=90)


def local(now: datetime) -> datetime:
    """The studio's own date and hour."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE))


@requires_transaction
def lock_subscription(*, subscription_id: UUID, client_id: UUID | None = None) -> Subscription:
    """The membership, held until commit. Raises `SubscriptionUnknown`."""
    found = Subscription.objects.filter(pk=subscription_id)
    mine = found if client_id is None else found.filter(client_id=client_id)
    subscription = mine.select_for_update(no_key=True).first()
    if subscription is None:
        raise errors.SubscriptionUnknown
    return subscription


@requires_transaction
def lock_with_bill(
    *, subscription_id: UUID, client_id: UUID | None = None
) -> tuple[Subscription, SubscriptionPeriod | None]:
    """The membership and its month that is to be paid, that month's payment locked before it.

    Raises `SubscriptionUnknown`, and `SubscriptionBusy` when another bill came between.
    """
    bill = find_due(subscription_id)
    if bill is not None:
        Payment.objects.select_for_update(no_key=True).get(pk=bill.payment_id)
    subscription = lock_subscription(subscription_id=subscription_id, client_id=client_id)
    due = find_due(subscription_id)
    if due is not None and (bill is None or due.payment_id != bill.payment_id):
        raise errors.SubscriptionBusy
    return subscription, due


def find_due(subscription_id: UUID) -> SubscriptionPeriod | None:
    """The month that is to be paid."""
    due = SubscriptionPeriod.objects.filter(
        subscription_id=subscription_id, state=PeriodState.DUE.value
    )
    return due.select_related("payment").first()


def is_trying(month: SubscriptionPeriod) -> bool:
    """Whether its money may be on its way, or waits for a person to look at it."""
    return is_being_charged(month.payment)


def is_being_charged(payment: Payment) -> bool:
    """The same of any payment."""
    return payment.status == Status.FLAGGED or payment.charges.filter(status__in=OPEN).exists()


def look_after_charge(month: SubscriptionPeriod, *, now: datetime) -> datetime:
    """When to look what became of a month's newest charge: ever later as it gets older."""
    newest = month.payment.charges.order_by("-number").first()
    age = now - newest.started_at if newest else timedelta()
    return now + min(max(age, SOON), LATER)


@requires_transaction
def change_status(
    subscription: Subscription,
    target: SubscriptionStatus,
    what: Happened,
    *,
    actor_id: UUID | None,
    now: datetime,
    why: EndReason | None = None,
) -> None:
    """Bring a locked membership to `target`, log it and tell its owner.

    Raises `ValueError` for a step that is not in the table: that is a bug.
    """
    before = SubscriptionStatus(subscription.status)
    if not MEMBERSHIP_LIFE.allows(before, target):
        raise ValueError(f"a membership that is {before} cannot become {target}")
    is_over = target is SubscriptionStatus.ENDED
    subscription.status = target.value
    subscription.end_reason = why.value if is_over and why else ""
    subscription.ended_at = now if is_over else None
    subscription.save()
    note(subscription, what, before=before, actor_id=actor_id, now=now)


@requires_transaction
def note(
    subscription: Subscription,
    what: Happened,
    *,
    now: datetime,
    before: SubscriptionStatus | None = None,
    actor_id: UUID | None = None,
    amount: Decimal | None = None,
) -> None:
    """Log what happened to a membership, and publish it; `amount` if not its price."""
    SubscriptionLogEntry.objects.create(
        subscription=subscription,
        at=now,
        before=subscription.status if before is None else before.value,
        after=subscription.status,
        what=what.value,
        actor_id=actor_id,
    )
    publish(
        SubscriptionChanged(
            subscription_id=subscription.pk,
            client_id=subscription.client_id,
            what=what.value,
            plan=subscription.plan.name,
            amount=subscription.price if amount is None else amount,
            currency=subscription.currency,
            until=_last_paid_day(subscription, now),
        )
    )


def _last_paid_day(subscription: Subscription, now: datetime) -> date:
    until = subscription.paid_until
    return local(now).date() if until is None else until - timedelta(days=1)


@requires_transaction
def open_month(
    subscription: Subscription, *, starts_on: date, expires_at: datetime, now: datetime
) -> SubscriptionPeriod:
    """The next month of a locked membership, with a payment for it; one that is open is found.

    A month that was given up keeps its number and is asked for anew; what is still paid for its
    older payment finds the month paid and becomes credit. Raises `SubscriptionBusy` while that may
    still be on its way.
    """
    paid = subscription.periods.filter(state=PeriodState.PAID.value).count()
    month = subscription.periods.filter(number=paid + 1).select_related("payment").first()
    if month is None:
        month = SubscriptionPeriod(subscription=subscription, number=paid + 1)
    elif month.state == PeriodState.DUE:
        return month
    elif is_trying(month):
        raise errors.SubscriptionBusy
    month.plan = subscription.next_plan or subscription.plan
    month.price = subscription.next_price or subscription.price
    month.currency, month.state, month.heard = subscription.currency, PeriodState.DUE.value, 0
    month.starts_on, month.ends_on = starts_on, month_after(starts_on, subscription.anchor_day)
    month.payment = bill(month, expires_at=expires_at, now=now)
    month.save()
    return month


@requires_transaction
def bill(month: SubscriptionPeriod, *, expires_at: datetime, now: datetime) -> Payment:
    """A payment for a month."""
    return open_payment(
        kind=PaymentKind.SUBSCRIPTION,
        payable_kind=MONTH,
        payable_id=month.pk,
        client_id=month.subscription.client_id,
        amount=month.price,
        currency=month.currency,
        expires_at=expires_at,
        now=now,
    )


@requires_transaction
def give_up_open(subscription: Subscription, *, now: datetime) -> None:
    """Nobody may pay the open month or change of plan of a locked membership any more.

    Never waits. Money that is on its way becomes credit, or brings back who did not leave.
    """
    changes = PlanChange.objects.filter(subscription=subscription, state=ChangeState.WAITING)
    change_ids = list(changes.values_list("pk", flat=True))
    changes.update(state=ChangeState.GIVEN_UP, updated_at=now)
    due = subscription.periods.filter(state=PeriodState.DUE.value)
    month_ids = list(due.values_list("pk", flat=True))
    due.update(state=PeriodState.GIVEN_UP.value, updated_at=now)
    expire_payments(payable_kind=MONTH, payable_ids=month_ids, now=now)
    expire_payments(payable_kind=PLAN_CHANGE, payable_ids=change_ids, now=now)


@requires_transaction
def end_subscription(
    subscription: Subscription, why: EndReason, *, actor_id: UUID | None, now: datetime
) -> None:
    """A locked membership is over."""
    give_up_open(subscription, now=now)
    subscription.next_look_at = None
    change_status(
        subscription, SubscriptionStatus.ENDED, Happened.ENDED, why=why, actor_id=actor_id, now=now
    )
