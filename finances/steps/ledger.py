"""Writing the ledger (FIN-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    SELECT id, kind, attempt, %(now)s
      FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(attempts)s::uuid[])
        AS movement (id, kind, attempt))
INSERT INTO finances_ledgerentry (transaction_id, account_id, amount, currency, party)
SELECT * FROM unnest(%(movements)s::uuid[], %(accounts)s::text[], %(amounts)s::numeric[],
                     %(currencies)s::text[], %(parties)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved because of one attempt, and both its sides."""

    kind: str
    attempt_id: UUID
    sides: Sequence[Side]


@requires_transaction
def post(movements: Sequence[Movement], *, now: datetime) -> None:
    """Write balanced movements. One statement; the database refuses what does not balance.

    Raises `IntegrityError` for that, and for a second movement of the kind for the same attempt.
    """
    numbered = [(uuid7(), movement) for movement in movements]
    sides = [(number, side) for number, movement in numbered for side in movement.sides]
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "now": now,
                "ids": [number for number, _ in numbered],
                "kinds": [movement.kind for _, movement in numbered],
                "attempts": [movement.attempt_id for _, movement in numbered],
                "movements": [number for number, _ in sides],
                "accounts": [side.account.value for _, side in sides],
                "amounts": [side.amount for _, side in sides],
                "currencies": [side.currency for _, side in sides],
                "parties": [side.party for _, side in sides],
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
