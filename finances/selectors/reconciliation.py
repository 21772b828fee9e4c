"""Reading reconciliations and differences, and whether resolutions are booked (FIN-06)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from core.db import fetch
from finances import errors
from finances.domain.reconciliation import PENDING, DayStatus, Subject
from finances.models import Difference, Reconciliation
from finances.selectors.ledger_checks import Finding

DONE = [DayStatus.CLEAN.value, DayStatus.DIFFERS.value]
_PENDING = sorted(state.value for state in PENDING)

# A resolved difference has moved exactly what it says, any other nothing; what moved has a row.
BOOKED = """
WITH said AS (
    SELECT id, CASE WHEN way = 'asked_again' THEN 0 ELSE amount END AS money
      FROM finances_difference WHERE state = 'resolved'),
booked AS (
    SELECT movement.cause_id AS id, sum(entry.amount) AS money
      FROM finances_ledgertransaction AS movement
      JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
     WHERE movement.cause_kind = 'finances.difference'
       AND entry.account_id IN ('gateway_clearing', 'bank') GROUP BY 1)
SELECT id, coalesce(said.money, 0), coalesce(booked.money, 0)
  FROM said FULL JOIN booked USING (id)
 WHERE coalesce(said.money, 0) <> coalesce(booked.money, 0)
 ORDER BY id
"""


def list_reconciliations() -> QuerySet[Reconciliation]:
    """Days that were compared, the newest first."""
    return Reconciliation.objects.order_by("-day")


def get_reconciliation(*, reconciliation_id: UUID) -> Reconciliation:
    """One day. Raises `ReconciliationUnknown`."""
    found = Reconciliation.objects.filter(pk=reconciliation_id).first()
    if found is None:
        raise errors.ReconciliationUnknown
    return found


def list_differences(*, reconciliation_id: UUID | None = None) -> QuerySet[Difference]:
    """Differences, the newest first; of a run those it was the first or the last to see."""
    found = Difference.objects.select_related("first_run", "last_run")
    if reconciliation_id is not None:
        found = found.filter(Q(first_run=reconciliation_id) | Q(last_run=reconciliation_id))
    return found.order_by("-created_at", "-pk")


def get_difference(*, difference_id: UUID) -> Difference:
    """One difference. Raises `DifferenceUnknown`."""
    found = list_differences().filter(pk=difference_id).first()
    if found is None:
        raise errors.DifferenceUnknown
    return found


def pending_things(subject: Subject) -> dict[str, Difference]:
    """What waits for somebody, by thing."""
    rows = Difference.objects.filter(subject=subject, state__in=_PENDING)
    return {row.thing: row for row in rows}


def count_pending() -> int:
    """How many differences wait for somebody."""
    return Difference.objects.filter(state__in=_PENDING).count()


def days_done(days: Collection[date]) -> set[date]:
    """Those that are compared."""
    done = Reconciliation.objects.filter(day__in=list(days), status__in=DONE)
    return set(done.values_list("day", flat=True))


def reconciled_until(days: Sequence[date]) -> date | None:
    """The last of them (in order) before which none is missing."""
    done, last = days_done(days), None
    for day in days:
        if day not in done:
            break
        last = day
    return last


def check_differences() -> list[Finding]:
    """Whether each resolution has moved what it says. One query."""
    return list(_booked_otherwise())


def _booked_otherwise() -> Iterator[Finding]:
    for difference_id, said, booked in fetch(BOOKED):
        yield Finding(f"difference {difference_id} says {said} are resolved, booked are {booked}")
