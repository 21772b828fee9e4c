"""What a visit uses when it becomes certain, and what the studio earns when it has happened."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.db import requires_transaction
from finances.steps.credit import use_credit
from finances.steps.recognition import recognise
from finances.steps.vouchers import use_vouchers
from finances.types import Account
from spa.domain.lifecycle import VISIT
from spa.models import Appointment
from spa.steps.commissions import reward_visits
from spa.steps.sessions import fulfil

COMPLETED = "spa.appointment.completed"


@requires_transaction
def use_reserved(visits: Sequence[Appointment], *, now: datetime) -> None:
    """Pay visits with the credit set aside for them, in memory; their vouchers are used.

    For visits that become certain at this moment; the caller writes them.
    """
    ids = [visit.pk for visit in visits]
    used = use_credit(payable_kind=VISIT, payable_ids=ids, now=now)
    for visit in visits:
        if amount := used.get(visit.pk):
            visit.paid += amount
            visit.credit_used += amount
    use_vouchers(payable_kind=VISIT, payable_ids=ids, now=now)


@requires_transaction
def earn(visits: Sequence[Appointment], *, now: datetime) -> None:
    """What was paid for these visits, by money or by a package, is the studio's: they happened.

    Whoever served them has earned their commission.
    """
    for visit in visits:
        earn_amount(visit, visit.paid, cause_kind=COMPLETED, cause_id=visit.pk, now=now)
    fulfil(
        source_kind=VISIT,
        source_ids=[visit.pk for visit in visits],
        revenue=Account.REVENUE_SERVICES,
        now=now,
    )
    reward_visits(visits, now=now)


@requires_transaction
def earn_amount(
    visit: Appointment, amount: Decimal, *, cause_kind: str, cause_id: UUID, now: datetime
) -> None:
    """Money for a visit that has happened is the studio's; once per cause."""
    recognise(
        client_id=visit.client_id,
        amount=amount,
        currency=visit.currency,
        source=Account.DEPOSITS_HELD,
        revenue=Account.REVENUE_SERVICES,
        cause_kind=cause_kind,
        cause_id=cause_id,
        now=now,
    )
