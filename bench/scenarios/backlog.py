"""A worker comes back to a night's webhooks: what the money of it waits for, and all of it."""

from dataclasses import replace
from datetime import datetime

import psycopg

from bench.cpu import read_cpu
from bench.measure import Measured
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.scenarios.waiting import PATIENCE, await_none, await_quiet, paused
from bench.scenarios.webhooks import CONNECTIONS, EVENTS, SETTLED, SETTLES, WARM_UP, prepare
from core import inbox

BACKLOG = 100_000
# Batches that are in work when the last money is: all threads of the worker have one.
IN_WORK = 8 * inbox.BATCH
# Statuses of messages that were sent before, over and over, older than any payment.
PILE_UP = """
WITH told AS (
    SELECT body, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS known
      FROM core_inboxmessage
     WHERE provider = 'whatsapp' AND status = 'DONE')
INSERT INTO core_inboxmessage (provider, key, body, received_at, times_received, status, attempts,
       due_at, last_error, is_awaited)
SELECT 'whatsapp', 'backlog ' || n, body, now() - interval '8 hours', 1, 'PENDING', 0,
       now() - interval '8 hours', '', false
  FROM generate_series(1, %s) AS n JOIN told ON told.place = n %% told.known
"""
MONEY_LEFT = "SELECT count(*) FROM core_inboxmessage WHERE status = 'PENDING' AND is_awaited"
LEFT = "SELECT count(*) FROM core_inboxmessage WHERE status = 'PENDING' AND key LIKE 'backlog %%'"
ENDS = """
SELECT extract(epoch FROM done_at - %s)::float8 * 1000
  FROM core_inboxmessage
 WHERE done_at >= %s AND (provider = 'wompi' OR key LIKE 'backlog %%')
"""
MONEY_ENDS = f"{ENDS} AND provider = 'wompi'"
BEFORE_MONEY = """
SELECT count(*) FROM core_inboxmessage
 WHERE key LIKE 'backlog %%' AND done_at < (
       SELECT max(done_at) FROM core_inboxmessage WHERE provider = 'wompi')
"""


def measure(context: Context) -> list[Row]:
    """97 000 statuses lie there since the night, then 3 000 payments come; the worker starts."""
    url = context.stack.database_url
    _, events = prepare(context, WARM_UP)
    context.stream(events, clients=CONNECTIONS)
    await_quiet(url)
    payments, events = prepare(context, EVENTS)
    with psycopg.connect(url, autocommit=True) as connection:
        with paused(context.pids["worker"]):
            connection.execute(PILE_UP, [BACKLOG - EVENTS])
            stored = context.stream(events, clients=CONNECTIONS, seconds=PATIENCE)
            before = read_cpu(context.pids)
        [(began,)] = connection.execute("SELECT clock_timestamp()").fetchall()
        await_none(url, MONEY_LEFT)
        money = _since(began, connection), read_cpu(context.pids) - before
        await_none(url, LEFT)
        whole = _since(began, connection), read_cpu(context.pids) - before
        told = [ms for (ms,) in connection.execute(MONEY_ENDS, [began, began])]
        ends = [ms for (ms,) in connection.execute(ENDS, [began, began])]
        [(earlier,)] = connection.execute(BEFORE_MONEY).fetchall()
        ids = [payment.pk for payment in payments]
        [(settled,)] = connection.execute(SETTLED, [ids]).fetchall()
    await_quiet(url)
    problems = problems_in(stored, 200)
    if settled != EVENTS:
        problems.append(f"{settled} of {EVENTS} payments are settled")
    if earlier > IN_WORK:
        problems.append(f"{earlier} statuses were worked on before the last payment")
    return [
        Row(
            name="payments settled out of a backlog",
            rows=context.rows,
            measured=_took(stored, told, *money),
            target=SETTLES,
            problems=problems,
            note=f"{earlier} of {BACKLOG - EVENTS} statuses were worked on before the last payment",
        ),
        Row(
            name="the backlog of 100 000 drained",
            rows=context.rows,
            measured=_took(stored, ends, *whole),
            target=Target(wanted="money first"),
            problems=problems,
        ),
    ]


def _since(began: datetime, connection: "psycopg.Connection[tuple[float]]") -> float:
    question = "SELECT extract(epoch FROM clock_timestamp() - %s)::float8"
    [(seconds,)] = connection.execute(question, [began]).fetchall()
    return seconds


def _took(stored: Measured, each: list[float], seconds: float, cpu: dict[str, float]) -> Measured:
    return replace(stored, milliseconds=each, seconds=seconds, cpu=cpu)
