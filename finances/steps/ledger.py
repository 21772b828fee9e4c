"""Writing the ledger (FIN-04)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from core.db import requires_transaction
from core.ids import uuid7
from finances.domain.accounts import CHART, Side
from finances.models import LedgerAccount

# One statement: a movement exists with all its sides, and the trigger sees them together.
POST = """
WITH movement AS (
    INSERT INTO finances_ledgertransaction (id, kind, attempt_id, occurred_at)
    VALUES (%(id)s, %(kind)s, %(attempt)s, %(now)s)
    RETURNING id)
INSERT INTO finances_ledgerentry (transaction_id, account_id, amount, currency, party)
SELECT movement.id, side.account, side.amount, side.currency, side.party
  FROM movement,
       unnest(%(accounts)s::text[], %(amounts)s::numeric[], %(currencies)s::text[],
              %(parties)s::uuid[]) AS side (account, amount, currency, party)
"""


@requires_transaction
def post(*, kind: str, attempt_id: UUID, sides: Sequence[Side], now: datetime) -> None:
    """Write one balanced movement. One statement; the database refuses one that does not balance.

    Raises `IntegrityError` for a second movement of the kind for the same gateway transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "id": uuid7(),
                "kind": kind,
                "attempt": attempt_id,
                "now": now,
                "accounts": [side.account.value for side in sides],
                "amounts": [side.amount for side in sides],
                "currencies": [side.currency for side in sides],
                "parties": [side.party for side in sides],
            },
        )


@requires_transaction
def ensure_accounts() -> None:
    """The chart of accounts is there, whoever emptied the tables."""
    LedgerAccount.objects.bulk_create(
        [
            LedgerAccount(
                code=row.code.value, name=row.name, kind=row.kind, normal_side=row.normal_side
            )
            for row in CHART
        ],
        ignore_conflicts=True,
    )
