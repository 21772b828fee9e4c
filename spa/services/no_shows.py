"""Visits nobody came to, noted by the clock (SPA-10)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.terms import Terms
from spa.steps.attending import miss
from spa.steps.visits import lock_visit


@use_case
def note_no_show(*, appointment_id: UUID, now: datetime) -> bool:
    """Note that nobody came, if the visit's terms say so by now; says whether it did.

    May run twice, at once, or late: meanwhile the visit may be anything else, and is left alone.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    is_expected = visit.status == AppointmentStatus.CONFIRMED
    if not is_expected or Terms.load(visit.policy).no_show_after > now:
        return False
    miss(visit, actor_id=None, reason="automatic", now=now)
    return True
