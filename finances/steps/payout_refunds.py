"""Money that is owed to a client goes back by bank payment."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.db import requires_transaction
from finances import errors
from finances.domain.payouts import LineStatus
from finances.models import Payee, PayoutLine
from finances.models.payees import PayeeKind
from finances.models.payouts import LineSource
from finances.steps.payouts import PAID_IN, store_payout

COUNTED = (LineStatus.PENDING, LineStatus.APPROVED)


@requires_transaction
def pay_out_refund(
    *,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    cause_kind: str,
    cause_id: UUID,
    actor_id: UUID,
    now: datetime,
) -> PayoutLine:
    """Send what the ledger owes a client (`refunds_payable`) to the bank, once per cause.

    A cause whose payment is on its way or done finds it; one whose payment failed is sent anew,
    under another reference. How much is owed is the caller's to know, and `register_paid_back` says
    who is told how it ended. Raises `PayeeUnknown`; `ValueError` for another amount of the same
    cause, and for money the provider does not pay.
    """
    if currency != PAID_IN or amount <= 0:
        raise ValueError(f"{amount} {currency} cannot be paid out")
    payee = (
        Payee.objects.filter(party=client_id, kind=PayeeKind.CLIENT, replaced_at=None)
        .select_for_update(no_key=True)
        .first()
    )
    if payee is None:
        raise errors.PayeeUnknown
    lines = PayoutLine.objects.filter(cause_kind=cause_kind, cause_id=cause_id, status__in=COUNTED)
    if (found := lines.first()) is not None:
        if found.amount != amount:
            raise ValueError(f"{cause_kind} {cause_id} is paid back with another amount")
        return found
    line = PayoutLine(
        payee=payee,
        party=client_id,
        source=LineSource.REFUND,
        refund=amount,
        amount=amount,
        currency=currency,
        cause_kind=cause_kind,
        cause_id=cause_id,
    )
    store_payout(PayeeKind.CLIENT.paid_as, [line], actor_id=actor_id, now=now)
    return line
