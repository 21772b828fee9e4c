"""Signed events of the gateway: kept, settled, and the confirmations they lead to."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import psycopg
from django.utils import timezone

from bench.cpu import read_cpu
from bench.inside import in_sequence
from bench.measure import Measured
from bench.payers import pay_all
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.scenarios.waiting import (
    OWED,
    PATIENCE,
    QUEUED,
    UNSENT,
    await_none,
    await_quiet,
    paused,
)
from bench.visits import write_holds
from core import inbox
from finances.models import Payment

EVENTS = 3_000
CONNECTIONS = 8
WARM_UP = 100
FLOOR = 2 * inbox.BATCH
LAGS = """
SELECT extract(epoch FROM done_at - received_at)::float8 * 1000
  FROM core_inboxmessage
 WHERE provider = 'wompi' AND received_at >= %s AND status = 'DONE'
"""
SETTLED = """
SELECT count(*)
  FROM finances_payment AS payment
  JOIN spa_appointment AS visit ON visit.id = payment.payable_id
 WHERE payment.id = ANY(%s) AND payment.status = 'approved' AND payment.allocation = 'accepted'
   AND visit.status = 'confirmed' AND visit.paid = payment.amount
"""
TOLD = """
SELECT extract(epoch FROM delivery.sent_at - payment.paid_at)::float8 * 1000
  FROM finances_payment AS payment
  JOIN notifications_notification AS told ON told.person_id = payment.client_id
  JOIN notifications_delivery AS delivery ON delivery.notification_id = told.id
 WHERE payment.id = ANY(%s) AND delivery.sent_at IS NOT NULL
   AND told.template = 'booking_confirmed' AND told.created_at >= %s
"""


def prepare(context: Context, number: int) -> tuple[list[Payment], list[bytes]]:
    """Held visits whose deposits are approved at the gateway, and the events nobody has sent."""
    payments = write_holds(
        islice(context.holds, number),
        location=context.studio.others.location,
        service=context.studio.service,
    )
    if len(payments) < number:
        raise SystemExit("There are not enough free slots for so many held visits")
    return payments, pay_all(context.stack.sandbox_port, payments)


def measure(context: Context) -> list[Row]:
    """Everything waits at the gateway; then all of it is told at once."""
    floors, url = _floors(context), context.stack.database_url
    _, events = prepare(context, WARM_UP)
    context.stream(events, clients=CONNECTIONS)
    await_quiet(context.stack.database_url)
    payments, events = prepare(context, EVENTS)
    ids = [payment.pk for payment in payments]
    before, began = read_cpu(context.pids), datetime.now(UTC)
    stored = context.stream(events, clients=CONNECTIONS, seconds=PATIENCE)
    await_none(url, QUEUED, [["wompi"]])
    settled_in, settled_cpu = stored.age, read_cpu(context.pids) - before
    await_none(url, OWED)
    await_none(url, UNSENT)
    told_in, told_cpu = stored.age, read_cpu(context.pids) - before
    with psycopg.connect(context.stack.database_url) as connection:
        [(settled,)] = connection.execute(SETTLED, [ids]).fetchall()
        lags = [ms for (ms,) in connection.execute(LAGS, [began])]
        told = [ms for (ms,) in connection.execute(TOLD, [ids, began])]
    await_quiet(context.stack.database_url)
    problems = problems_in(stored, 200)
    if settled != EVENTS:
        problems.append(f"{settled} of {EVENTS} payments are settled")
    if len(told) != EVENTS:
        problems.append(f"{len(told)} confirmations of {EVENTS} were sent")
    rows = [
        ("webhooks stored", stored, floors[0], Target()),
        ("webhooks settled", _late(stored, lags, settled_in, settled_cpu), floors[1], SETTLES),
        ("confirmations sent after them", _late(stored, told, told_in, told_cpu), None, Target()),
    ]
    return [
        Row(
            name=name,
            rows=context.rows,
            measured=measured,
            floor=floor,
            target=target,
            compares_rates=True,
            problems=problems,
        )
        for name, measured, floor, target in rows
    ]


SETTLES = Target(rate=300)


def _late(stored: Measured, lags: list[float], seconds: float, cpu: dict[str, float]) -> Measured:
    return replace(stored, milliseconds=lags, seconds=seconds, cpu=cpu)


def _floors(context: Context) -> tuple[Measured, Measured]:
    """Storing through as many connections; storing and settling on one after the other."""
    _, events = prepare(context, FLOOR)
    with paused(context.pids["worker"]):
        recorded = context.record(events, status=200)
        # From here the messages are there, so that their settling can be recorded.
        stored = context.run_floor(recorded, clients=CONNECTIONS)
        batches = in_sequence([_process] * (FLOOR // inbox.BATCH))
        settled = context.run_floor(batches, clients=1)
    await_quiet(context.stack.database_url)
    seconds = stored.seconds + settled.seconds
    each = [seconds / FLOOR * 1000] * FLOOR
    return stored, Measured(milliseconds=each, statuses={}, bodies={}, seconds=seconds)


def _process() -> None:
    if not inbox.process_due(now=timezone.now()):
        raise SystemExit("There was no webhook to record")
