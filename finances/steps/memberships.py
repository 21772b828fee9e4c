"""Who is VIP follows from memberships, and who is sent away has none (USERS-13, USERS-10)."""

from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from finances.domain.subscriptions import BENEFITS, LIVE, EndReason
from finances.models import Subscription
from finances.steps.subscription_months import close_months, settle_up
from finances.steps.subscriptions import end_subscription, local
from users.steps.locks import lock_person
from users.steps.membership import set_vip


@requires_transaction
def show_membership(*, client_id: UUID, now: datetime) -> None:
    """Bring a client's role to what the memberships say; the person's lock orders those who ask."""
    lock_person(person_id=client_id)
    benefits = Subscription.objects.filter(client_id=client_id, status__in=BENEFITS)
    set_vip(person_id=client_id, is_vip=benefits.exists(), now=now)


@requires_transaction
def end_membership(
    *, client_id: UUID, why: EndReason, actor_id: UUID | None, now: datetime
) -> None:
    """End a client's membership at once: days that are paid and left are credit.

    For who is persona non grata, or whose account is closed; the caller holds the person and knows
    that it is still so. Without a membership nothing happens.
    """
    live = Subscription.objects.filter(client_id=client_id, status__in=LIVE)
    subscription = live.select_for_update(no_key=True).first()
    if subscription is None:
        return
    today = local(now).date()
    close_months(subscription, today=today, now=now)
    settle_up(subscription, today=today, now=now)
    end_subscription(subscription, why, actor_id=actor_id, now=now)
