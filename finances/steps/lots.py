"""Lots of credit as settling and issuing write them; who spends them uses `steps.credit`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.db import fetch, requires_transaction
from core.selectors.settings import get_settings
from finances.domain.causes import Cause
from finances.domain.credit import ends_at, next_notice
from finances.models import CreditLot, FinanceSettings

# What a void finds of the credit its payment had become. What is reserved or spent stays so: it
# pays for something already, and its owner owes it (`client_receivables`).
WITHDRAW = """
WITH found AS (
    SELECT lot.id, lot.cause_id, least(lot.remaining, asked.amount) AS taken
      FROM finances_creditlot AS lot
      JOIN unnest(%(causes)s::uuid[], %(amounts)s::numeric[]) AS asked (cause_id, amount)
        ON asked.cause_id = lot.cause_id
     WHERE lot.cause_kind = %(kind)s
     ORDER BY lot.id FOR NO KEY UPDATE OF lot)
UPDATE finances_creditlot AS lot
   SET remaining = lot.remaining - found.taken, updated_at = %(now)s,
       next_notice_at = CASE WHEN lot.remaining > found.taken THEN lot.next_notice_at END
  FROM found
 WHERE lot.id = found.id
RETURNING found.cause_id, found.taken
"""


@dataclass(frozen=True, slots=True)
class NewLot:
    """Credit that somebody gets, and the row it comes from; it ends as usual if it does not say."""

    client_id: UUID
    amount: Decimal
    currency: str
    cause_kind: str
    cause_id: UUID
    reason: str
    expires_at: datetime | None = None


@requires_transaction
def write_lots(
    lots: Sequence[NewLot], *, now: datetime, valid_days: int | None = None
) -> list[CreditLot]:
    """Give each its lot, valid as long as the rules say, or for `valid_days`. One statement."""
    rules = get_settings(FinanceSettings)
    zone = ZoneInfo(settings.TIME_ZONE)
    usual = ends_at(now=now, days=valid_days or rules.credit_days, zone=zone)
    rows = []
    for lot in lots:
        until = lot.expires_at or usual
        notice = next_notice(expires_at=until, now=now, days_before=rules.credit_notice_days)
        given = asdict(lot) | {"expires_at": until, "next_notice_at": notice}
        rows.append(CreditLot(**given, remaining=lot.amount, issued_at=now))
    return CreditLot.objects.bulk_create(rows)


@requires_transaction
def withdraw_lots(wanted: Mapping[UUID, Decimal], *, now: datetime) -> dict[UUID, Decimal]:
    """Take so much of the credit back that these attempts had become, or what is left of it.

    What was taken of each. One statement.
    """
    values = {
        "kind": Cause.ATTEMPT,
        "causes": list(wanted),
        "amounts": list(wanted.values()),
        "now": now,
    }
    return dict(fetch(WITHDRAW, values))
