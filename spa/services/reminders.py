"""Reminding clients of their visits (SPA-18)."""

from datetime import datetime

from core.selectors.settings import get_settings
from core.use_cases import use_case
from spa.domain.reminding import rounds
from spa.models import BookingSettings
from spa.selectors.reminders import list_due
from spa.steps.reminding import remind

BATCH = 200


@use_case
def remind_clients(*, now: datetime, limit: int = BATCH) -> int:
    """Remind the clients of up to `limit` visits for each reminder that is due; returns how many.

    May run at any time, twice at once, or late: each reminder goes out once, and not at all when
    it would say nothing useful any more.
    """
    reminded = 0
    for due in rounds(get_settings(BookingSettings).policy):
        if visits := list_due(due, now=now, limit=limit):
            reminded += remind(visits, due, now=now)
    return reminded
