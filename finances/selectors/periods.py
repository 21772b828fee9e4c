"""Which months of the books are open, and how far the ledger has come since a mark."""

from datetime import date

from django.utils import timezone

from finances.domain.months import month_after, month_of
from finances.models import ClosedMonth, LedgerEntry, LedgerMark, LedgerTransaction


def first_open_month() -> date | None:
    """The month that can be closed next; `None` while nothing has ever happened. Two queries."""
    newest = ClosedMonth.objects.order_by("-month").first()
    if newest:
        return month_after(newest.month)
    # Ids grow with time: the first one is the oldest movement.
    oldest = LedgerTransaction.objects.order_by("pk").first()
    return month_of(oldest.occurred_at, zone=timezone.get_default_timezone()) if oldest else None


def entries_after(mark: LedgerMark) -> int:
    """About how many entries came after a mark: ids have gaps. One query, of the newest row."""
    newest = LedgerEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return newest - mark.through_entry
