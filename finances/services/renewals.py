"""Memberships move with the days: charged, past due, over (FIN-08).

As all charges: rows are committed before the gateway is asked (NA-31). A process that dies in
between leaves a charge that is looked up, and a membership whose look is due again soon.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from core.audit import record
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.means import Spent
from finances.domain.subscriptions import (
    EndReason,
    Happened,
    Move,
    Standing,
    SubscriptionStatus,
    next_look,
    next_move,
)
from finances.models import FinanceSettings, Subscription, SubscriptionPeriod
from finances.services.charges import send_charge
from finances.steps.subscription_months import close_months
from finances.steps.subscription_tries import hear_of_tries, order_try
from finances.steps.subscriptions import (
    PAYABLE_FOR,
    SOON,
    change_status,
    end_subscription,
    find_due,
    is_trying,
    local,
    lock_with_bill,
    look_after_charge,
    open_month,
)

logger = logging.getLogger(__name__)

# Whoever fails on a membership leaves it alone for so long, and the others come first (NA-34).
LEASE = timedelta(minutes=10)
_S = SubscriptionStatus


def work_on_next_subscription(*, now: datetime) -> bool:
    """Do what is due for the membership that has waited longest; `False` when none is due."""
    subscription_id = _claim(now=now)
    if subscription_id is None:
        return False
    try:
        charge_id = move_on(subscription_id=subscription_id, now=now)
    except errors.SubscriptionBusy:
        logger.info("membership is busy", extra={"subscription": str(subscription_id)})
        return True
    if charge_id is not None:
        send_charge(charge_id=charge_id, spent=Spent())
    return True


@use_case
def _claim(*, now: datetime) -> UUID | None:
    due = Subscription.objects.filter(next_look_at__lte=now)
    found = due.select_for_update(skip_locked=True, no_key=True).order_by("next_look_at", "pk")
    subscription = found.first()
    if subscription is None:
        return None
    subscription.next_look_at = now + LEASE
    subscription.save(update_fields=["next_look_at", "updated_at"])
    return subscription.pk


@use_case
def move_on(*, subscription_id: UUID, now: datetime) -> UUID | None:
    """Bring a membership to where it stands at `now`; the charge to send, if one is ordered.

    A repeat does nothing more. Raises `SubscriptionUnknown`, `SubscriptionBusy`.
    """
    subscription, due = lock_with_bill(subscription_id=subscription_id)
    if subscription.status == _S.ENDED:
        return None
    close_months(subscription, today=local(now).date(), now=now)
    if due is not None:
        hear_of_tries(subscription, due, now=now)
    charge_id = None
    if subscription.status == _S.PENDING:
        _wait_for_first(subscription, due, now=now)
    else:
        charge_id = _renew(subscription, due, now=now)
    subscription.save()
    return charge_id


def _wait_for_first(
    subscription: Subscription, due: SubscriptionPeriod | None, *, now: datetime
) -> None:
    """The first month is charged by the client, who has some minutes for it."""
    is_late = due is None or due.payment.expires_at <= now
    if due is not None and is_trying(due):
        subscription.next_look_at = look_after_charge(due, now=now)
    elif is_late:
        end_subscription(subscription, EndReason.NEVER_PAID, actor_id=None, now=now)
    else:
        subscription.next_look_at = due.payment.expires_at if due else None


def _renew(
    subscription: Subscription, due: SubscriptionPeriod | None, *, now: datetime
) -> UUID | None:
    terms, at = get_settings(FinanceSettings).subscription_terms, local(now)
    move, charge_id = next_move(_standing(subscription, due), terms, at=at), None
    if move is Move.PAST_DUE:
        change_status(subscription, _S.PAST_DUE, Happened.PAST_DUE, actor_id=None, now=now)
        move = next_move(_standing(subscription, due), terms, at=at)
    if move is Move.END:
        left = subscription.status == _S.CANCELLED
        why = EndReason.CANCELLED if left else EndReason.UNPAID
        end_subscription(subscription, why, actor_id=None, now=now)
        return None
    if move is Move.TRY:
        charge_id = _try(subscription, now=now)
    due = find_due(subscription.pk)
    is_open = due is not None and is_trying(due)
    later = look_after_charge(due, now=now) if due and is_open else None
    # A month may be over while nobody knows what the charge of the next one comes to.
    subscription.next_look_at = min(filter(None, (later, next_look(terms, at=at))))
    return charge_id


def _standing(subscription: Subscription, due: SubscriptionPeriod | None) -> Standing:
    if subscription.paid_until is None:
        raise ValueError("a membership that has begun is paid until some day")
    return Standing(
        status=_S(subscription.status),
        paid_until=subscription.paid_until,
        tries=subscription.tries,
        last_try_on=subscription.last_try_on,
        is_trying=due is not None and is_trying(due),
    )


def _try(subscription: Subscription, *, now: datetime) -> UUID | None:
    if subscription.paid_until is None:
        raise ValueError("a membership that has begun is paid until some day")
    month = open_month(
        subscription, starts_on=subscription.paid_until, expires_at=now + PAYABLE_FOR, now=now
    )
    charge = order_try(subscription, month, now=now)
    return charge.pk if charge else None


@use_case
def order_charge_now(*, subscription_id: UUID, actor_id: UUID, now: datetime) -> UUID | None:
    """Charge the month that is due without waiting for its day; the charge to send. Audited.

    It counts as a try. Raises `SubscriptionUnknown`, `SubscriptionBusy`, `SubscriptionNotDue`.
    """
    subscription, due = lock_with_bill(subscription_id=subscription_id)
    terms, today = get_settings(FinanceSettings).subscription_terms, local(now).date()
    until = subscription.paid_until
    may = subscription.status in {_S.ACTIVE, _S.PAST_DUE} and until is not None
    if not may or until is None or today < until - timedelta(days=terms.days_before):
        raise errors.SubscriptionNotDue
    if due is not None:
        if is_trying(due):
            raise errors.SubscriptionBusy
        hear_of_tries(subscription, due, now=now)
    record(
        action="finances.subscription.charged-now",
        subject_kind="finances.subscription",
        subject_id=subscription.pk,
        actor_id=actor_id,
        now=now,
        facts={"client": str(subscription.client_id)},
    )
    charge_id = _try(subscription, now=now)
    subscription.next_look_at = now + SOON
    subscription.save()
    return charge_id


def charge_now(*, subscription_id: UUID, actor_id: UUID, now: datetime) -> bool:
    """Order a charge (`order_charge_now`, which raises) and send it; whether there was one."""
    charge_id = order_charge_now(subscription_id=subscription_id, actor_id=actor_id, now=now)
    if charge_id is not None:
        send_charge(charge_id=charge_id, spent=Spent())
    return charge_id is not None
