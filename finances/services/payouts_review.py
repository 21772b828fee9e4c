"""A person has the provider asked again about a batch."""

from datetime import datetime
from uuid import UUID

from core.audit import record
from core.nudges import nudge_after_commit
from core.use_cases import use_case
from finances import errors
from finances.domain.payouts import OPEN, PayoutStatus
from finances.models import Payout
from finances.steps.payouts import SEND


@use_case
def ask_again(*, payout_id: UUID, actor_id: UUID, now: datetime) -> Payout:
    """Have a worker take the batch up at once; what it finds there is what counts. Audited.

    One that a worker has in its hands now is left to it. Raises `PayoutUnknown`, `PayoutOver`.
    """
    payout = Payout.objects.select_for_update(no_key=True).filter(pk=payout_id).first()
    if payout is None:
        raise errors.PayoutUnknown
    if payout.status not in OPEN:
        raise errors.PayoutOver
    if payout.status != PayoutStatus.SENDING:
        payout.next_look_at, payout.looks = now, 0
        payout.save(update_fields=["next_look_at", "looks", "updated_at"])
        nudge_after_commit(SEND)
    record(
        action="finances.payout.asked_again",
        subject_kind="finances.payout",
        subject_id=payout.pk,
        actor_id=actor_id,
        now=now,
        facts={"status": payout.status},
    )
    return payout
