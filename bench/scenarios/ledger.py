"""What every account says: ten entries for each past appointment, the last ones not yet marked."""

import time
from datetime import timedelta

import psycopg
from django.utils import timezone

from bench.measure import get
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from finances.services.periods import ENTRIES_BETWEEN_MARKS, mark_ledger, sum_next_mark
from users.models import User

URL = "/api/v1/ledger/accounts"
ENTRIES_PER_ROW = 10
DAYS = 730
REQUESTS = 400
WARM_UP = 50
FLOOR = 200
BATCH = 250_000
# Two sides of each movement, between accounts that answer to no other table.
FILL = """
WITH moved AS (
    INSERT INTO finances_ledgertransaction (id, kind, cause_kind, cause_id, occurred_at)
    SELECT uuidv7(), 'credit_expired', 'bench', uuidv7(), now() - %(age)s * (1 - n / %(all)s::float)
      FROM generate_series(1, %(all)s) AS n
 RETURNING id)
INSERT INTO finances_ledgerentry (transaction_id, account_id, amount, currency)
SELECT moved.id, side.account, side.amount, 'COP'
  FROM moved, (VALUES ('promotions', 1000), ('bank', -1000)) AS side (account, amount)
"""
NAIVE = "SELECT account_id, currency, sum(amount) FROM finances_ledgerentry GROUP BY 1, 2"


def measure(context: Context) -> list[Row]:
    """One administrator asks again and again."""
    with psycopg.connect(context.stack.database_url, autocommit=True) as connection:
        marking = _fill(connection, context.rows * ENTRIES_PER_ROW)
        naive = _timed(connection, NAIVE)
    (owner,) = context.bookers.take(1)
    User.objects.filter(pk=owner.person).update(role="admin")
    request = get(URL, Authorization=owner.authorization)
    context.stream([request] * WARM_UP, clients=1)
    measured = context.stream([request] * REQUESTS, clients=1)
    _, once = context.record([request] * 2, status=200)
    return [
        Row(
            name="balances of the ledger",
            rows=context.rows * ENTRIES_PER_ROW,
            measured=measured,
            floor=context.run_floor([once] * FLOOR, clients=1),
            target=Target(p95=20),
            problems=problems_in(measured, 200),
            note=f"adding all entries up takes {naive:.0f} ms, a first mark {marking:.0f} ms",
        )
    ]


def _fill(connection: "psycopg.Connection[tuple[int]]", wanted: int) -> float:
    """Bring the ledger to so many entries; milliseconds of the mark before the last of them.

    After a mark come as many as there may be until the next, which is looked for every hour.
    """
    (there,) = connection.execute("SELECT count(*) FROM finances_ledgerentry").fetchone() or (0,)
    # Written as a backup is read back: the triggers have judged these before.
    connection.execute("SET session_replication_role = replica")
    an_hour = wanted // DAYS // 24
    unmarked = min(ENTRIES_BETWEEN_MARKS + an_hour, wanted // 2) // 2
    left = (wanted - there) // 2 - unmarked
    while left > 0:
        connection.execute(FILL, {"all": min(left, BATCH), "age": timedelta(days=DAYS)})
        left -= BATCH
    started = time.perf_counter()
    mark_ledger(now=timezone.now() + timedelta(days=1))
    while sum_next_mark():
        pass
    marking = (time.perf_counter() - started) * 1000
    connection.execute(FILL, {"all": unmarked, "age": timedelta(days=1)})
    connection.execute("VACUUM ANALYZE finances_ledgerentry, finances_ledgertransaction")
    return marking


def _timed(connection: "psycopg.Connection[tuple[int]]", statement: str) -> float:
    started = time.perf_counter()
    connection.execute(statement).fetchall()
    return (time.perf_counter() - started) * 1000
