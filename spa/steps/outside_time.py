"""Busy time of a calendar elsewhere, on the ledger (SPA-22)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from spa.domain.blocking import Interval, pieces, without
from spa.models import CalendarImport, Occupancy
from spa.selectors.agenda import list_entries
from spa.steps.occupancy import Claim, Source, occupy

IMPORT_KIND = "spa.import"


@requires_transaction
def take_outside_time(
    source: CalendarImport, intervals: Sequence[Interval], *, now: datetime
) -> int:
    """Replace what the calendar took of the person's time from `now` on; returns how many pieces.

    What the studio has booked already stays booked: outside time only fills what is free, and what
    is booked while this runs wins too. The next reading takes what has become free since.
    """
    resource_id = source.staff.resource_id
    give_back_outside_time(source_id=source.pk, now=now)
    if not intervals:
        return 0
    taken = list_entries(
        resource_ids=[resource_id], begin=intervals[0][0], end=intervals[-1][1], now=now
    )
    free = without(list(intervals), [(entry.begins, entry.ends) for entry in taken])
    claims = [Claim(resource_id, *piece) for interval in free for piece in pieces(*interval)]
    if claims:
        occupy(source=Source(IMPORT_KIND, source.pk), claims=claims, hold_expires_at=None)
    return Occupancy.objects.filter(source_id=source.pk, during__endswith__gt=now).count()


@requires_transaction
def give_back_outside_time(*, source_id: UUID, now: datetime) -> None:
    """Free what a calendar elsewhere takes from `now` on; what has passed stays as it was."""
    Occupancy.objects.filter(source_id=source_id, during__endswith__gt=now).delete()
