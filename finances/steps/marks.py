"""Adding the ledger up to a place at which nothing can be missing (FIN-04)."""

from datetime import datetime

from django.db import OperationalError

from core.db import execute, fetch, requires_transaction
from finances import errors
from finances.models import LedgerMark

# Waits for whoever is writing and keeps the others waiting until the commit: an entry whose id is
# below the mark is therefore there, and none comes later. Not long: the mark can be set next time.
NOBODY_WRITES = """
SET LOCAL lock_timeout = '2s';
LOCK TABLE finances_ledgertransaction, finances_ledgerentry IN SHARE ROW EXCLUSIVE MODE
"""
LAST = "SELECT coalesce(max(id), 0) FROM finances_ledgerentry"
# What the mark before it says, and what has been written since.
SUM_UP = """
INSERT INTO finances_markedbalance (mark_id, account_id, currency, amount)
SELECT %(mark)s, account_id, currency, sum(amount)
  FROM (SELECT account_id, currency, amount FROM finances_markedbalance WHERE mark_id = %(before)s
         UNION ALL
        SELECT account_id, currency, amount FROM finances_ledgerentry
         WHERE id > %(after)s AND id <= %(through)s) AS part
 GROUP BY account_id, currency
"""


@requires_transaction
def hold_ledger() -> None:
    """Nobody else posts until the caller commits, which should be at once.

    Raises `LedgerBusy` when somebody writes for longer than two seconds.
    """
    try:
        execute(NOBODY_WRITES)
    except OperationalError as exc:
        raise errors.LedgerBusy from exc


@requires_transaction
def set_mark(*, now: datetime) -> LedgerMark:
    """A mark at the end of the ledger, which the caller holds; `sum_up` follows in its own time."""
    # A statement of its own: its snapshot must be younger than the lock.
    ((through,),) = fetch(LAST)
    return LedgerMark.objects.create(through_entry=through, set_at=now)


@requires_transaction
def sum_up(mark: LedgerMark) -> None:
    """Write what every account says at a mark, from the nearest one before it."""
    before = (
        LedgerMark.objects.filter(is_summed=True, through_entry__lte=mark.through_entry)
        .order_by("-through_entry")
        .first()
    )
    execute(
        SUM_UP,
        {
            "mark": mark.pk,
            "before": before.pk if before else None,
            "after": before.through_entry if before else 0,
            "through": mark.through_entry,
        },
    )
    mark.is_summed = True
    mark.save(update_fields=["is_summed"])
