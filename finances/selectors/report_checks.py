"""Whether kept reports say what the ledger says (FIN-11)."""

from collections.abc import Iterator

from core.db import fetch
from core.money import ZERO
from finances.models import KeptReport
from finances.selectors.kept_reports import closing_of
from finances.selectors.ledger_checks import Finding

ENDED = """
SELECT account.code, entry.currency, sum(entry.amount * account.normal_side)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
  JOIN finances_ledgeraccount AS account ON account.code = entry.account_id
 WHERE movement.occurred_at < %(end)s
 GROUP BY 1, 2
"""


def check_reports() -> list[Finding]:
    """Of the newest kept report the balances; of all whether they agreed. At most three queries."""
    return [*_differing(), *_disagreeing()]


def _differing() -> Iterator[Finding]:
    kept = KeptReport.objects.filter(location=None).select_related("month").order_by("-month")
    newest = kept.first()
    if newest is None:
        return
    said = closing_of(newest)
    rows = fetch(ENDED, {"end": newest.month.ends_at})
    summed = {(account, currency): amount for account, currency, amount in rows}
    for account, currency in sorted(said.keys() | summed.keys()):
        ended, report = (found.get((account, currency), ZERO) for found in (summed, said))
        if ended != report:
            yield Finding(
                f"the report of {newest} says {account} ended with {report} {currency}, its"
                f" entries {ended}"
            )


def _disagreeing() -> Iterator[Finding]:
    """The report itself says by how much, and the rows behind it are checked by others."""
    for kept in KeptReport.objects.filter(agrees=False).order_by("month", "pk"):
        place = f" of place {kept.location_id}" if kept.location_id else ""
        yield Finding(f"the report of {kept}{place} did not agree when made", is_explained=True)
