"""What a visit uses when it becomes certain, and what the studio earns when it has happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.db import requires_transaction
from finances.steps.credit import use_credit
from finances.steps.recognition import recognise
from finances.steps.vouchers import use_vouchers
from finances.types import Account, Earning, Sale
from spa.domain.lifecycle import VISIT
from spa.models import Appointment
from spa.steps.commissions import reward_visits
from spa.steps.sales import list_served
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
    served = list_served(visits)
    recognise(
        [
            _earning(visit, visit.paid, served[visit.pk].sale, COMPLETED, visit.pk)
            for visit in visits
        ],
        now=now,
    )
    fulfil(
        source_kind=VISIT,
        given={visit_id: one.sessions for visit_id, one in served.items()},
        revenue=Account.REVENUE_SERVICES,
        now=now,
    )
    reward_visits(visits, now=now)


@dataclass(frozen=True, slots=True)
class Late:
    """Money for a visit that has happened already, and how much of it was paid before."""

    visit: Appointment
    amount: Decimal
    paid_before: Decimal
    cause_id: UUID


@requires_transaction
def earn_late(late: Sequence[Late], *, cause_kind: str, now: datetime) -> None:
    """Money for visits that have happened is the studio's; once per cause."""
    if not late:
        return
    served = list_served({one.visit.pk: one.visit for one in late}.values())
    earnings = []
    for one in late:
        sale = replace(served[one.visit.pk].sale, billed=one.paid_before)
        earnings.append(_earning(one.visit, one.amount, sale, cause_kind, one.cause_id))
    recognise(earnings, now=now)


def _earning(
    visit: Appointment, amount: Decimal, sale: Sale, cause_kind: str, cause_id: UUID
) -> Earning:
    return Earning(
        client_id=visit.client_id,
        amount=amount,
        currency=visit.currency,
        source=Account.DEPOSITS_HELD,
        revenue=Account.REVENUE_SERVICES,
        cause_kind=cause_kind,
        cause_id=cause_id,
        sale=sale,
    )
