"""What accounts said at any moment, from the nearest one for which it is known (FIN-11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from core.db import fetch
from core.money import ZERO
from finances.domain.accounts import CHART
from finances.domain.figures import Moved, Stood
from finances.models import KeptReport
from finances.selectors.kept_reports import Said, closing_of
from finances.selectors.ledger import list_balances

BETWEEN = """
SELECT account.code, entry.currency, sum(entry.amount * account.normal_side)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
  JOIN finances_ledgeraccount AS account ON account.code = entry.account_id
 WHERE movement.occurred_at >= %(since)s
   AND (%(until)s::timestamptz IS NULL OR movement.occurred_at < %(until)s::timestamptz)
 GROUP BY 1, 2
"""


def what_stood(
    *, since: datetime, until: datetime, moved: Sequence[Moved], now: datetime
) -> list[Stood]:
    """What every account said at both ends of a period that `moved` adds up. At most six queries.

    The beginning is worked out from the end where no kept report lies nearer. Accounts that have
    nothing and did nothing are left out.
    """
    closing = balances_at(until, now=now)
    if _nearest_kept(since, now):
        opening = balances_at(since, now=now)
    else:
        opening = _added(closing, _on_normal_side(moved), sign=-1)
    busy = {(part.account, part.currency) for part in moved}
    known = busy | {key for said in (opening, closing) for key, amount in said.items() if amount}
    return [
        Stood(*key, opening=opening.get(key, ZERO), closing=closing.get(key, ZERO))
        for key in sorted(known)
    ]


def balances_at(moment: datetime, *, now: datetime) -> Said:
    """Every account on its normal side, by code and currency. At most four queries.

    Either today's balances less what happened since, or those of the end of a month whose report
    is kept and what happened until then, whichever is less to add up. Nothing happens in a month
    whose report is kept, so both are the same.
    """
    kept = _nearest_kept(moment, now)
    if kept:
        return _added(closing_of(kept), _between(kept.month.ends_at, moment), sign=1)
    today = {(said.account, said.currency): said.amount for said in list_balances()}
    return _added(today, _between(moment, None), sign=-1)


def _nearest_kept(moment: datetime, now: datetime) -> KeptReport | None:
    """The newest kept report before that moment, if it is nearer than today."""
    kept = (
        KeptReport.objects.filter(location=None, month__ends_at__lte=moment)
        .select_related("month")
        .order_by("-month")
        .first()
    )
    return kept if kept and moment - kept.month.ends_at <= now - moment else None


def _on_normal_side(moved: Iterable[Moved]) -> Said:
    side = {row.code.value: row.normal_side for row in CHART}
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in moved:
        sums[part.account, part.currency] += side[part.account] * part.net
    return sums


def _between(since: datetime, until: datetime | None) -> Said:
    rows = fetch(BETWEEN, {"since": since, "until": until})
    return {(account, currency): amount for account, currency, amount in rows}


def _added(said: Said, moved: Said, *, sign: int) -> Said:
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO, said)
    for key, amount in moved.items():
        sums[key] += sign * amount
    return sums
