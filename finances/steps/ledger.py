"""Writing the ledger (FIN-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.db import execute, requires_transaction
from core.ids import uuid7
from finances.domain.accounts import CHART, Side
from finances.models import LedgerAccount, LedgerEntry

# One statement: a movement exists with all its sides, and the trigger sees them together.
POST = """
WITH movement AS (
    INSERT INTO finances_ledgertransaction
           (id, kind, attempt_id, cause_kind, cause_id, occurred_at)
    SELECT id, kind, attempt, cause_kind, cause, %(now)s
      FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(attempts)s::uuid[],
                  %(cause_kinds)s::text[], %(causes)s::uuid[])
        AS movement (id, kind, attempt, cause_kind, cause))
INSERT INTO finances_ledgerentry (transaction_id, account_id, amount, currency, party)
SELECT * FROM unnest(%(movements)s::uuid[], %(accounts)s::text[], %(amounts)s::numeric[],
                     %(currencies)s::text[], %(parties)s::uuid[])
"""
POST_ONCE = """
WITH movement AS (
    INSERT INTO finances_ledgertransaction (id, kind, cause_kind, cause_id, occurred_at)
    VALUES (%(id)s, %(kind)s, %(cause_kind)s, %(cause)s, %(now)s)
        ON CONFLICT (kind, cause_kind, cause_id) WHERE attempt_id IS NULL DO NOTHING
    RETURNING id)
INSERT INTO finances_ledgerentry (transaction_id, account_id, amount, currency, party)
SELECT movement.id, side.*
  FROM movement, unnest(%(accounts)s::text[], %(amounts)s::numeric[], %(currencies)s::text[],
                        %(parties)s::uuid[]) AS side
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved, all its sides, and why: because of an attempt, or of some other row."""

    kind: str
    sides: Sequence[Side]
    attempt_id: UUID | None = None
    cause_kind: str = ""
    cause_id: UUID | None = None


@requires_transaction
def post(movements: Sequence[Movement], *, now: datetime) -> None:
    """Write balanced movements. One statement; the database refuses what does not balance.

    Raises `IntegrityError` for that, and for a second movement of the kind for the same cause.
    """
    numbered = [(uuid7(), movement) for movement in movements]
    sides = [(number, side) for number, movement in numbered for side in movement.sides]
    values = {
        "now": now,
        "ids": [number for number, _ in numbered],
        "kinds": [movement.kind for _, movement in numbered],
        "attempts": [movement.attempt_id for _, movement in numbered],
        "cause_kinds": [movement.cause_kind for _, movement in numbered],
        "causes": [movement.cause_id for _, movement in numbered],
        "movements": [number for number, _ in sides],
    }
    execute(POST, values | _columns([side for _, side in sides]))


@requires_transaction
def post_once(movement: Movement, *, now: datetime) -> bool:
    """Write the movement unless its cause has moved this money before; says whether it did now.

    Raises `ValueError` when the cause moved other money before: that is no repeat but a mistake.
    """
    values = {
        "now": now,
        "id": uuid7(),
        "kind": movement.kind,
        "cause_kind": movement.cause_kind,
        "cause": movement.cause_id,
    }
    if execute(POST_ONCE, values | _columns(movement.sides)):
        return True
    written = LedgerEntry.objects.filter(
        transaction__kind=movement.kind,
        transaction__attempt=None,
        transaction__cause_kind=movement.cause_kind,
        transaction__cause_id=movement.cause_id,
    ).values_list("account_id", "amount", "currency", "party")
    wanted = {(side.account, side.amount, side.currency, side.party) for side in movement.sides}
    if set(written) != wanted:
        cause = f"{movement.cause_kind} {movement.cause_id}"
        raise ValueError(f"{movement.kind} for {cause} is on the ledger with other amounts")
    return False


def _columns(sides: Sequence[Side]) -> dict[str, list[Any]]:
    return {
        "accounts": [side.account.value for side in sides],
        "amounts": [side.amount for side in sides],
        "currencies": [side.currency for side in sides],
        "parties": [side.party for side in sides],
    }


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
