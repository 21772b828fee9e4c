"""Money held for clients becomes the studio's (FIN-04)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.db import requires_transaction
from core.money import as_amount
from finances.domain.accounts import Account, move
from finances.models.ledger import MovementKind
from finances.steps.ledger import Movement, post_once


@requires_transaction
def recognise(
    *,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    source: Account,
    revenue: Account,
    cause_kind: str,
    cause_id: UUID,
    now: datetime,
) -> bool:
    """Earn what was held for the client, once per cause; says whether it happened now.

    Nothing to earn is nothing to write. A thing that earns twice for two reasons names two kinds of
    cause. Raises `ValueError` for a negative amount, and when the cause earned other money before.
    """
    if as_amount(amount) < 0:
        raise ValueError(f"{amount} cannot be earned")
    if amount == 0:
        return False
    sides = move(amount=amount, currency=currency, debit=source, credit=revenue, party=client_id)
    movement = Movement(
        MovementKind.REVENUE_RECOGNISED, sides, cause_kind=cause_kind, cause_id=cause_id
    )
    return post_once(movement, now=now)
