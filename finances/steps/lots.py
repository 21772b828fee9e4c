"""Lots of credit as settling and issuing write them; who spends them uses `steps.credit`."""

from collections.abc import Collection, Sequence
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
    SELECT id, cause_id, remaining FROM finances_creditlot
     WHERE cause_kind = %(kind)s AND cause_id = ANY(%(causes)s::uuid[])
     ORDER BY id FOR NO KEY UPDATE)
UPDATE finances_creditlot AS lot
   SET remaining = 0, next_notice_at = NULL, updated_at = %(now)s
  FROM found
 WHERE lot.id = found.id
RETURNING found.cause_id, found.remaining
"""


@dataclass(frozen=True, slots=True)
class NewLot:
    """Credit that somebody gets, and the row it comes from."""

    client_id: UUID
    amount: Decimal
    currency: str
    cause_kind: str
    cause_id: UUID
    reason: str


@requires_transaction
def write_lots(
    lots: Sequence[NewLot], *, now: datetime, valid_days: int | None = None
) -> list[CreditLot]:
    """Give each its lot, valid as long as the rules say, or for `valid_days`. One statement."""
    terms = _terms(now=now, valid_days=valid_days)
    rows = [CreditLot(**asdict(lot), remaining=lot.amount, issued_at=now, **terms) for lot in lots]
    return CreditLot.objects.bulk_create(rows)


@requires_transaction
def withdraw_lots(attempt_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Decimal]:
    """Take back what is left of the credit these attempts had become: attempt -> amount.

    One statement.
    """
    values = {"kind": Cause.ATTEMPT, "causes": list(attempt_ids), "now": now}
    return dict(fetch(WITHDRAW, values))


def _terms(*, now: datetime, valid_days: int | None) -> dict[str, datetime | None]:
    rules = get_settings(FinanceSettings)
    zone = ZoneInfo(settings.TIME_ZONE)
    expires_at = ends_at(now=now, days=valid_days or rules.credit_days, zone=zone)
    notice = next_notice(expires_at=expires_at, now=now, days_before=rules.credit_notice_days)
    return {"expires_at": expires_at, "next_notice_at": notice}
