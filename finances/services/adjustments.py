"""Credit that the studio gives or takes by hand, above a limit by two people (NA-29)."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Abs

from core.audit import record
from core.money import ZERO, charged
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.models import Adjustment, FinanceSettings
from finances.models.adjustments import AdjustmentState
from finances.steps.adjustments import ADJUSTMENT, apply, lock_adjustment
from users.steps.locks import lock_person

# What one person gives and takes alone counts together for so long: a limit that is passed in two
# steps is no limit.
TOGETHER = timedelta(hours=24)


@use_case
def request_adjustment(
    *,
    adjustment_id: UUID,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> Adjustment:
    """Give (positive) or take (negative) credit; above the limit it waits for a second person.

    A repeat of `adjustment_id` finds what was asked for. Audited. Raises `AdjustmentAmountWrong`,
    `AdjustmentTooLarge`, `AdjustmentOfOneself`, `AdjustmentTakesTooMuch`, `PersonUnknown`.
    """
    lock_person(person_id=client_id)
    known = Adjustment.objects.filter(pk=adjustment_id).first()
    if known is not None:
        return known
    rules = get_settings(FinanceSettings)
    _check(client_id, amount, currency, actor_id, rules)
    alone = _given_alone(client_id, currency, actor_id, now=now) + abs(amount)
    adjustment = Adjustment(
        id=adjustment_id,
        client_id=client_id,
        amount=charged(amount, currency),
        currency=currency,
        reason=reason,
        needs_approval=alone > rules.adjustment_approval_above,
        requested_by_id=actor_id,
        requested_at=now,
    )
    adjustment.save(force_insert=True)
    _audit("requested", adjustment, actor_id, now)
    if not adjustment.needs_approval:
        apply(adjustment, by_id=None, now=now)
    return adjustment


@use_case
def approve_adjustment(*, adjustment_id: UUID, actor_id: UUID, now: datetime) -> Adjustment:
    """Agree to what somebody else asked for: the client's credit changes, once; audited.

    Raises `AdjustmentUnknown`, `AdjustmentDecided`, `AdjustmentNeedsAnother`,
    `AdjustmentOfOneself`, `AdjustmentTakesTooMuch`.
    """
    adjustment = lock_adjustment(adjustment_id=adjustment_id)
    if actor_id == adjustment.requested_by_id:
        raise errors.AdjustmentNeedsAnother
    if actor_id == adjustment.client_id:
        raise errors.AdjustmentOfOneself
    apply(adjustment, by_id=actor_id, now=now)
    _audit("approved", adjustment, actor_id, now)
    return adjustment


@use_case
def reject_adjustment(
    *, adjustment_id: UUID, reason: str, actor_id: UUID, now: datetime
) -> Adjustment:
    """Refuse what was asked for, or withdraw it oneself; audited.

    Raises `AdjustmentUnknown`, `AdjustmentDecided`.
    """
    adjustment = lock_adjustment(adjustment_id=adjustment_id)
    adjustment.state, adjustment.answer = AdjustmentState.REJECTED, reason
    adjustment.decided_by_id, adjustment.decided_at = actor_id, now
    adjustment.save()
    _audit("rejected", adjustment, actor_id, now)
    return adjustment


def _check(
    client_id: UUID, amount: Decimal, currency: str, actor_id: UUID, rules: FinanceSettings
) -> None:
    if client_id == actor_id:
        raise errors.AdjustmentOfOneself
    if amount == 0 or charged(amount, currency) != amount:
        raise errors.AdjustmentAmountWrong
    if abs(amount) > rules.adjustment_limit:
        raise errors.AdjustmentTooLarge(limit=f"{rules.adjustment_limit:.2f}")


def _given_alone(client_id: UUID, currency: str, actor_id: UUID, *, now: datetime) -> Decimal:
    """What this person has given and taken lately without a second one; the client is locked."""
    lately = Adjustment.objects.filter(
        client_id=client_id,
        currency=currency,
        requested_by_id=actor_id,
        requested_at__gt=now - TOGETHER,
        state=AdjustmentState.APPLIED,
        needs_approval=False,
    )
    return lately.aggregate(sum=Sum(Abs("amount")))["sum"] or ZERO


def _audit(what: str, adjustment: Adjustment, actor_id: UUID, now: datetime) -> None:
    facts = {
        "client": str(adjustment.client_id),
        "amount": str(adjustment.amount),
        "currency": adjustment.currency,
        "reason": adjustment.reason,
        "needs_approval": adjustment.needs_approval,
        "answer": adjustment.answer,
    }
    record(
        action=f"finances.adjustment.{what}",
        subject_kind=ADJUSTMENT,
        subject_id=adjustment.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
