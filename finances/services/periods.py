"""Closing months, and keeping the ledger's sums near its end (FIN-04, FIN-11)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from core.audit import record
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.months import begins_at, month_after
from finances.models import ClosedMonth, FinanceSettings, LedgerMark
from finances.selectors.periods import entries_after, first_open_month
from finances.steps.marks import hold_ledger, set_mark, sum_up

# Whatever began before midnight has been written by then.
LATEST = timedelta(hours=1)
# So that a balance adds up some thousand entries, however busy a day is; looked at every hour.
BETWEEN_MARKS = timedelta(hours=20)
ENTRIES_BETWEEN_MARKS = 2_000
# Marks of months stay; those of days are of use only while they are near the end.
DAYS_KEPT = timedelta(days=30)


@use_case
def close_month(*, month: date, actor_id: UUID | None, now: datetime) -> ClosedMonth:
    """Let nothing happen any more in `month` (its first day); a repeat finds it closed.

    Raises `MonthNotOver`, `MonthOutOfOrder` while an earlier month is open, `LedgerBusy`.
    """
    ends_at = begins_at(month_after(month), zone=timezone.get_default_timezone())
    if now < ends_at + LATEST:
        raise errors.MonthNotOver
    # From here on nobody posts, and nobody else closes.
    hold_ledger()
    closed = ClosedMonth.objects.filter(month=month).first()
    if closed:
        return closed
    first = first_open_month()
    if first and first != month:
        raise errors.MonthOutOfOrder(month=f"{first:%Y-%m}")
    closed = ClosedMonth.objects.create(
        month=month, ends_at=ends_at, mark=set_mark(now=now), closed_at=now, closed_by_id=actor_id
    )
    record(
        action="finances.month.closed",
        subject_kind="finances.month",
        subject_id=closed,
        actor_id=actor_id,
        now=now,
    )
    return closed


def close_due_month(*, now: datetime) -> bool:
    """Close the first open month if it ended so many days ago; `False` when none is due."""
    month = first_open_month()
    if month is None:
        return False
    rules = get_settings(FinanceSettings)
    ends_at = begins_at(month_after(month), zone=timezone.get_default_timezone())
    if now < ends_at + timedelta(days=rules.month_closes_after_days):
        return False
    close_month(month=month, actor_id=None, now=now)
    return True


@use_case
def mark_ledger(*, now: datetime) -> bool:
    """Set a mark unless the newest one is of today and near the end; says whether it did.

    Raises `LedgerBusy`.
    """
    newest = LedgerMark.objects.order_by("-through_entry", "-set_at").first()
    is_recent = newest is not None and newest.set_at > now - BETWEEN_MARKS
    if newest and is_recent and entries_after(newest) < ENTRIES_BETWEEN_MARKS:
        return False
    LedgerMark.objects.filter(set_at__lt=now - DAYS_KEPT, closedmonth=None).delete()
    hold_ledger()
    set_mark(now=now)
    return True


@use_case
def sum_next_mark() -> bool:
    """Add up one mark that nobody has added up, or is adding up now; `False` when there is none."""
    unsummed = LedgerMark.objects.filter(is_summed=False).order_by("through_entry")
    mark = unsummed.select_for_update(skip_locked=True).first()
    if mark is None:
        return False
    sum_up(mark)
    return True
