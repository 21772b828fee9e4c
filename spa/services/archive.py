"""Putting old visits away (SPA-19): out of lists and off the ledger, never out of the books."""

from datetime import datetime, timedelta

from core.selectors.settings import get_settings
from core.use_cases import use_case
from spa.models import BookingSettings
from spa.steps.archiving import archive

BATCH = 500


@use_case
def archive_old_visits(*, now: datetime, limit: int = BATCH) -> int:
    """Archive up to `limit` visits that have been over for longer than the rules say; how many.

    The visit, its services, history, money and forms stay as they are; the time it took is kept in
    its own `claims` and leaves the ledger that bookings search.
    """
    kept = timedelta(days=get_settings(BookingSettings).archive_days)
    return archive(ended_before=now - kept, now=now, limit=limit)
