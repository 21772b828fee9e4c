"""Waking a worker after commit. The only place that sends a task.

A nudge carries no data: the work is rows, the task drains them. While one nudge waits in the queue,
further ones are dropped, so a burst of commits costs the broker one message. Losing a nudge is
harmless; Beat runs the same tasks every few seconds.
"""

import logging

from celery import current_app
from django.core.cache import caches
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Longer than a healthy queue is, shorter than anybody's patience: a lost nudge mutes no more.
MUTED_SECONDS = 5


def nudge_after_commit(task: str) -> None:
    """Queue `task` once this transaction commits, unless it is queued already."""
    pending = transaction.get_connection().run_on_commit
    if any(getattr(entry[1], "nudges", None) == task for entry in pending):
        return

    def nudge() -> None:
        if caches["counters"].add(_key(task), 1, timeout=MUTED_SECONDS):
            current_app.send_task(task, queue=QUEUES.get(task))

    nudge.nudges = task  # type: ignore[attr-defined]
    # robust: a broker that is down must not turn a committed booking into an error page.
    transaction.on_commit(nudge, robust=True)


def heard(task: str) -> None:
    """Called by the task before it looks for rows: from now on a new nudge means new rows."""
    try:
        caches["counters"].delete(_key(task))
    except RedisError:
        logger.warning("cache is away; Beat keeps sweeping", extra={"task": task})


def _key(task: str) -> str:
    return f"nudge:{task}"


QUEUES = {"core.tasks.deliver_outbox": "outbox"}
