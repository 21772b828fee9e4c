"""What becomes of what a visit had, when it does not happen: given back, or lost by its terms.

Nothing is paid out in money: what comes back is the client's credit (NA-21).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from finances.steps.credit import release_credit
from finances.steps.recognition import recognise
from finances.steps.returns import return_credit
from finances.steps.vouchers import release_vouchers
from finances.types import Account, Earning
from spa.domain.lifecycle import VISIT
from spa.domain.terms import Decision
from spa.models import Appointment
from spa.steps.sales import Given, kept_of
from spa.steps.sessions import forfeit, restore


@requires_transaction
def give_back(*, visit_ids: Collection[UUID], now: datetime) -> None:
    """What these visits had set aside or used is free again: sessions, vouchers, reserved credit.

    Credit that has paid already is money like any other: `part_with` decides on it.
    """
    restore(source_kind=VISIT, source_ids=visit_ids, now=now)
    release_vouchers(payable_kind=VISIT, payable_ids=visit_ids, now=now)
    release_credit(payable_kind=VISIT, payable_ids=visit_ids, now=now)


@requires_transaction
def part_with(
    visit: Appointment,
    decision: Decision,
    *,
    cause_kind: str,
    cause_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    """Give back of a locked visit's money what was decided, and earn the rest; once per cause.

    `reason` completes, in Spanish and for the person, where the credit comes from.
    """
    if decision.credit:
        return_credit(
            client_id=visit.client_id,
            amount=decision.credit,
            currency=visit.currency,
            source=Account.DEPOSITS_HELD,
            paid_kind=VISIT,
            paid_id=visit.pk,
            cause_kind=cause_kind,
            cause_id=cause_id,
            reason=reason,
            now=now,
        )
    kept = Earning(
        client_id=visit.client_id,
        amount=decision.kept,
        currency=visit.currency,
        source=Account.DEPOSITS_HELD,
        revenue=Account.REVENUE_FORFEITED,
        cause_kind=cause_kind,
        cause_id=cause_id,
        sale=kept_of(visit, decision.kept),
    )
    recognise([kept], now=now)
    if decision.restores:
        give_back(visit_ids=[visit.pk], now=now)
    else:
        forfeit(source_kind=VISIT, given={visit.pk: Given(visit.location_id)}, now=now)
