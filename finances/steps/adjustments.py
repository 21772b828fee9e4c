"""What an adjustment does to a client's credit, once (NA-29)."""

from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from core.outbox import publish
from finances import errors
from finances.domain.accounts import Account
from finances.domain.causes import Cause
from finances.events import CreditAdjusted
from finances.models import Adjustment
from finances.models.adjustments import AdjustmentState
from finances.models.ledger import MovementKind
from finances.steps.credit import issue_credit, reserve_credit, use_credit
from users.steps.locks import lock_person

ADJUSTMENT = Cause.ADJUSTMENT


@requires_transaction
def lock_adjustment(*, adjustment_id: UUID) -> Adjustment:
    """An adjustment nobody has decided yet, held after its client's person.

    Raises `AdjustmentUnknown`, `AdjustmentDecided`.
    """
    rows = Adjustment.objects.filter(pk=adjustment_id)
    client_id = rows.values_list("client_id", flat=True).first()
    if client_id is None:
        raise errors.AdjustmentUnknown
    lock_person(person_id=client_id)
    adjustment = rows.select_for_update(no_key=True).get()
    if adjustment.state != AdjustmentState.REQUESTED:
        raise errors.AdjustmentDecided
    return adjustment


@requires_transaction
def apply(adjustment: Adjustment, *, by_id: UUID | None, now: datetime) -> None:
    """Change the credit of a client whose person is locked, and tell him.

    What is taken is what ends first, and never what waits to pay for something. Raises
    `AdjustmentTakesTooMuch`.
    """
    if adjustment.amount > 0:
        _give(adjustment, now=now)
    else:
        _take(adjustment, now=now)
    adjustment.state = AdjustmentState.APPLIED
    adjustment.decided_by_id, adjustment.decided_at = by_id, now
    adjustment.save()
    publish(
        CreditAdjusted(
            client_id=adjustment.client_id,
            amount=adjustment.amount,
            currency=adjustment.currency,
            reason=adjustment.reason,
        )
    )


def _give(adjustment: Adjustment, *, now: datetime) -> None:
    issue_credit(
        client_id=adjustment.client_id,
        amount=adjustment.amount,
        currency=adjustment.currency,
        source=Account.ADJUSTMENTS,
        cause_kind=ADJUSTMENT,
        cause_id=adjustment.pk,
        reason=adjustment.reason,
        now=now,
    )


def _take(adjustment: Adjustment, *, now: datetime) -> None:
    """Credit that is set aside for the adjustment and leaves in the same moment."""
    wanted = -adjustment.amount
    found = reserve_credit(
        client_id=adjustment.client_id,
        up_to=wanted,
        currency=adjustment.currency,
        payable_kind=ADJUSTMENT,
        payable_id=adjustment.pk,
        now=now,
    )
    if found < wanted:
        raise errors.AdjustmentTakesTooMuch(available=f"{found:.2f}", currency=adjustment.currency)
    use_credit(
        payable_kind=ADJUSTMENT,
        payable_ids=[adjustment.pk],
        into=Account.ADJUSTMENTS,
        movement=MovementKind.CREDIT_TAKEN,
        now=now,
    )
