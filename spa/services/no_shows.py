"""Visits nobody came to, noted by the clock (SPA-10)."""

import logging
from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.terms import Terms
from spa.selectors.attendance import list_overdue
from spa.steps.attending import miss
from spa.steps.visits import lock_visit

logger = logging.getLogger(__name__)


def note_no_shows(*, now: datetime) -> int:
    """Note every certain visit whose terms say that nobody will come any more; returns how many.

    May run twice, at once, or late. One transaction for each visit: one that fails stops no other.
    """
    noted = 0
    for visit_id in list_overdue(now=now):
        try:
            noted += note_if_missed(appointment_id=visit_id, now=now)
        except Exception:
            logger.exception("no-show not noted", extra={"appointment": str(visit_id)})
    return noted


@use_case
def note_if_missed(*, appointment_id: UUID, now: datetime) -> bool:
    """Note that nobody came, if it is still so: meanwhile the visit may be anything else."""
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    is_expected = visit.status == AppointmentStatus.CONFIRMED
    if not is_expected or Terms.load(visit.policy).no_show_after > now:
        return False
    miss(visit, actor_id=None, reason="automatic", now=now)
    return True
