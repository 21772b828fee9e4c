"""How much work waits, for metrics and alerts (CORE-10)."""

from core.db import fetch
from core.metrics import DEAD_LETTERS, OLDEST_DUE_SECONDS, QUEUE_DEPTH

MEASURE = """
SELECT queue,
       count(*) FILTER (WHERE status = 'PENDING'),
       coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE status = 'PENDING')), 0),
       count(*) FILTER (WHERE status = 'DEAD')
  FROM (SELECT 'outbox' AS queue, status, due_at FROM core_outboxmessage WHERE status <> 'DONE'
        UNION ALL
        SELECT 'inbox', status, due_at FROM core_inboxmessage WHERE status <> 'DONE') AS waiting
 GROUP BY queue
"""


def measure_queues() -> None:
    """Set the gauges of both queues; one query."""
    found = {row[0]: row[1:] for row in fetch(MEASURE)}
    for queue in ("outbox", "inbox"):
        pending, oldest, dead = found.get(queue, (0, 0, 0))
        QUEUE_DEPTH.labels(queue=queue).set(pending)
        OLDEST_DUE_SECONDS.labels(queue=queue).set(max(float(oldest), 0))
        DEAD_LETTERS.labels(queue=queue).set(dead)


def count_dead_letters() -> int:
    """How many rows of both queues workers gave up on; one query."""
    return sum(row[3] for row in fetch(MEASURE))
