"""Celery entry points of the platform. Each is safe to run twice, or late (CORE-17)."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.core.cache import cache
from django.utils import timezone

from core import inbox, outbox
from core.db import execute
from core.health import HEARTBEAT_KEY, HEARTBEAT_SECONDS
from core.nudges import heard

# A task that drains lets go after so many batches, so that no queue starves the others.
MAX_BATCHES = 200

PURGES = {
    "DELETE FROM core_idempotencyrecord WHERE created_at < %s": timedelta(days=7),
    "DELETE FROM core_outboxmessage WHERE status = 'DONE' AND created_at < %s": timedelta(days=30),
    "DELETE FROM core_inboxmessage WHERE status = 'DONE' AND received_at < %s": timedelta(days=90),
    "DELETE FROM core_throttlecounter WHERE created_at < %s": timedelta(days=1),
}


@shared_task
def deliver_outbox() -> None:
    """Deliver what is due until nothing is."""
    heard("core.tasks.deliver_outbox")
    for _ in range(MAX_BATCHES):
        if not outbox.deliver_due(now=timezone.now()):
            break


@shared_task
def process_inbox() -> None:
    """Work on stored webhooks until none is due."""
    heard("core.tasks.process_inbox")
    for _ in range(MAX_BATCHES):
        # Less than a batch was all there is: what came since has sent a nudge of its own.
        if inbox.process_due(now=timezone.now()) < inbox.BATCH:
            break


@worker_ready.connect
def beat_at_once(**signal: Any) -> None:
    """A worker that has just started need not wait for Beat to be seen."""
    heartbeat()


@shared_task
def heartbeat() -> None:
    """Show that beat and a worker are alive."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), HEARTBEAT_SECONDS)


@shared_task
def purge() -> None:
    """Remove what has served its purpose."""
    now = timezone.now()
    for statement, age in PURGES.items():
        execute(statement, [now - age])
