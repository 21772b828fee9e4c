"""The same kind of request measured twice: one client alone, and eight at once."""

from collections.abc import Callable

import psycopg

from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.scenarios.waiting import await_quiet, paused

ALONE = 400
TOGETHER = 1_200
CLIENTS = 8
WARM_UP = 100
FLOOR = 200


def alone_and_together(
    context: Context,
    names: tuple[str, str],
    take: Callable[[int], list[bytes]],
    *,
    status: int,
    p95: float,
    rate: float,
) -> list[Row]:
    """`take` makes as many requests as it is asked for, none of which stands in another's way.

    What the answers lead to (messages) is waited for between the measurements.
    """
    url = context.stack.database_url
    context.stream(take(WARM_UP), clients=CLIENTS)
    requests = take(ALONE + TOGETHER)
    await_quiet(url)
    alone = context.stream(requests[:ALONE], clients=1)
    await_quiet(url)
    together = context.stream(requests[ALONE:], clients=CLIENTS)
    await_quiet(url)
    half = FLOOR // 2
    with paused(context.pids["worker"]):
        # Only now: what is recorded continues what the database has.
        recorded = context.record(take(FLOOR), status=status)
        floors = (
            context.run_floor(recorded[:half], clients=1),
            context.run_floor(recorded[half:], clients=CLIENTS),
        )
        _forget_audit(url)
    await_quiet(url)
    return [
        Row(
            name=names[0],
            rows=context.rows,
            measured=alone,
            floor=floors[0],
            target=Target(p95=p95),
            problems=problems_in(alone, status),
        ),
        Row(
            name=f"{names[1]}, {CLIENTS} clients",
            rows=context.rows,
            measured=together,
            floor=floors[1],
            target=Target(rate=rate),
            compares_rates=True,
            problems=problems_in(together, status),
        ),
    ]


def _forget_audit(url: str) -> None:
    """Begin the audit log anew: the floor's clients wrote links of one chain past each other."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE core_auditentry")
