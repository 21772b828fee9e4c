"""Charging a month of a membership while its owner is away, and what came of it (FIN-08)."""

from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from finances import errors
from finances.domain.charges import OPEN, ChargeStatus
from finances.domain.means import Means, Method
from finances.domain.sources import SourceStatus
from finances.domain.statuses import Status
from finances.domain.subscriptions import Happened
from finances.errors import RefusedByGateway
from finances.models import Charge, PaymentAttempt, PaymentSource, Subscription, SubscriptionPeriod
from finances.steps.charges import order_charge
from finances.steps.payments import expire_payments
from finances.steps.subscriptions import PAYABLE_FOR, bill, local, note

# Somebody has answered under these; what was lost never came anywhere.
ANSWERED = (ChargeStatus.ENDED, ChargeStatus.REFUSED)


@requires_transaction
def hear_of_tries(subscription: Subscription, month: SubscriptionPeriod, *, now: datetime) -> None:
    """Count the charges of a month that the bank said no to, each once, and tell the member.

    A charge that got no answer is no try, nor one of the member's own.
    """
    before = month.heard
    for charge in month.payment.charges.filter(number__gt=before).order_by("number"):
        if charge.status in OPEN:
            break
        month.heard = charge.number
        if _was_refused(charge):
            _count(subscription, month, is_ours=charge.ordered_by_id is None, now=now)
    if month.heard > before:
        month.save(update_fields=["heard", "updated_at"])


@requires_transaction
def order_try(
    subscription: Subscription,
    month: SubscriptionPeriod,
    *,
    now: datetime,
    ordered_by: UUID | None = None,
) -> Charge | None:
    """Order a charge of a month, its payment and membership locked; `None` if nothing can be.

    By the membership's own source, or by the client's default when that is gone. Having nothing to
    charge counts as a no.
    """
    if ordered_by is None:
        subscription.last_try_on = local(now).date()
    source_id = _usable_source(subscription)
    if source_id is None:
        _count(subscription, month, is_ours=ordered_by is None, now=now)
        return None
    means = Means(Method.SOURCE, source_id=source_id)
    try:
        return order_charge(
            payment_id=month.payment_id,
            client_id=subscription.client_id,
            means=means,
            ordered_by=ordered_by,
            now=now,
        )
    except (errors.EmailNeeded, errors.SourceNotUsable):
        _count(subscription, month, is_ours=ordered_by is None, now=now)
    except (errors.ChargeTriesUsed, errors.PaymentNotPayable):
        _start_over(subscription, month, now=now)
    return None


def _was_refused(charge: Charge) -> bool:
    if charge.status == ChargeStatus.REFUSED:
        # What the gateway has against ourselves is not the member's.
        return charge.refusal != RefusedByGateway.code
    if charge.status != ChargeStatus.ENDED:
        return False
    seen = PaymentAttempt.objects.filter(gateway_id=charge.gateway_id)
    return seen.filter(status__in=[Status.DECLINED, Status.VOIDED]).exists()


def _count(
    subscription: Subscription, month: SubscriptionPeriod, *, is_ours: bool, now: datetime
) -> None:
    subscription.tries += is_ours
    subscription.save()
    note(subscription, Happened.DECLINED, amount=month.price, now=now)


def _usable_source(subscription: Subscription) -> UUID | None:
    usable = PaymentSource.objects.filter(
        client_id=subscription.client_id, status=SourceStatus.AVAILABLE
    ).values_list("pk", flat=True)
    own = usable.filter(pk=subscription.source_id).first()
    return own or usable.filter(is_default=True).first()


def _start_over(subscription: Subscription, month: SubscriptionPeriod, *, now: datetime) -> None:
    """All references of a payment are used: if nobody ever answered, another one is tried later.

    None of its charges is open, and money that comes for it all the same is credit.
    """
    if month.payment.charges.filter(status__in=ANSWERED).exists():
        _count(subscription, month, is_ours=True, now=now)
        return
    expire_payments(payable_kind=month.payment.payable_kind, payable_ids=[month.pk], now=now)
    month.payment, month.heard = bill(month, expires_at=now + PAYABLE_FOR, now=now), 0
    month.save()
