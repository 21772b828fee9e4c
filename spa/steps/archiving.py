"""Marking visits as archived, and clearing their time off the ledger (SPA-19)."""

from datetime import datetime

from core.db import requires_transaction
from spa.domain.lifecycle import OVER
from spa.models import Appointment
from spa.steps.occupancy import release


@requires_transaction
def archive(*, ended_before: datetime, now: datetime, limit: int) -> int:
    """Archive the oldest visits that are over and ended before then; returns how many.

    Three statements. A visit that somebody has locked waits for the next run.
    """
    old = (
        Appointment.objects.filter(
            archived_at=None, status__in=sorted(OVER), ends_at__lt=ended_before
        )
        .order_by("ends_at")
        .select_for_update(skip_locked=True, no_key=True)
    )
    ids = list(old.values_list("pk", flat=True)[:limit])
    Appointment.objects.filter(pk__in=ids).update(archived_at=now, updated_at=now)
    release(source_ids=ids)
    return len(ids)
