"""Side effects leave through here, and only if the transaction commits (CORE-06).

`publish` writes one row per subscriber in the caller's transaction, `publish_all` those of many
events by one statement. A nudge after commit wakes a
worker; Beat sweeps every few seconds, so a broker that forgets costs seconds and loses nothing.
Delivery runs the reaction and stamps its receipt in one transaction: database effects happen once.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction
from django.utils import timezone

from core.db import atomic_without_wait, execute, requires_transaction
from core.events import Event, hand_over, subscriber_names, takes_locks
from core.metrics import OUTBOX_DELIVERIES
from core.models import DeliveryStatus, OutboxMessage
from core.nudges import nudge_after_commit

logger = logging.getLogger(__name__)

BATCH = 200

INSERT = """
INSERT INTO core_outboxmessage
       (event_id, topic, subscriber, aggregate, payload,
        status, attempts, due_at, created_at, last_error)
SELECT event_id, topic, subscriber, aggregate, payload, 'PENDING', 0, now(), now(), ''
  FROM unnest(%(event_ids)s::uuid[], %(topics)s::text[], %(subscribers)s::text[],
              %(aggregates)s::text[], %(payloads)s::jsonb[])
  WITH ORDINALITY AS owed (event_id, topic, subscriber, aggregate, payload, position)
 ORDER BY position
"""

# An aggregate's later messages wait for the earlier ones of the same subscriber, also while another
# worker holds those; a dead one no longer holds anybody up.
DUE = """
SELECT message.*
  FROM core_outboxmessage AS message
 WHERE message.status = 'PENDING' AND message.due_at <= %(now)s
   AND NOT EXISTS (
         SELECT FROM core_outboxmessage AS earlier
          WHERE earlier.status = 'PENDING'
            AND earlier.aggregate = message.aggregate
            AND earlier.subscriber = message.subscriber
            AND earlier.id < message.id)
 ORDER BY message.due_at, message.id
 LIMIT %(limit)s
   FOR UPDATE OF message SKIP LOCKED
"""


@requires_transaction
def publish(event: Event) -> None:
    """Owe `event` to each of its subscribers: one row each, in the caller's transaction."""
    publish_all([event])


@requires_transaction
def publish_all(events: Sequence[Event]) -> None:
    """Owe each event to each of its subscribers, in the order given. One statement."""
    owed = [(event, subscriber) for event in events for subscriber in subscriber_names(event)]
    if not owed:
        return
    values = {
        "event_ids": [event.event_id for event, _ in owed],
        "topics": [event.topic for event, _ in owed],
        "subscribers": [subscriber for _, subscriber in owed],
        "aggregates": [event.aggregate for event, _ in owed],
        "payloads": [msgspec.json.encode(event.dump()).decode() for event, _ in owed],
    }
    execute(INSERT, values)
    nudge_after_commit("core.tasks.deliver_outbox")


def deliver_due(*, now: datetime, limit: int = BATCH) -> int:
    """Deliver one batch of what is due; returns how many rows it took up.

    The batch is one transaction and each reaction a savepoint: a killed worker undoes effects and
    receipts together, a failing reaction postpones only itself. A reaction that takes locks ends
    its batch: each keeps to the order of locks, two that follow one another would not.
    """
    with atomic_without_wait():
        batch = _together(list(OutboxMessage.objects.raw(DUE, {"now": now, "limit": limit})))
        for message in batch:
            _deliver(message)
        OutboxMessage.write_receipts(batch, now=timezone.now())
    return len(batch)


def _together(due: list[OutboxMessage]) -> list[OutboxMessage]:
    """What may share a transaction: all up to the first that takes locks, and that one."""
    locking = (number for number, one in enumerate(due, 1) if takes_locks(one.subscriber))
    return due[: next(locking, len(due))]


def _deliver(message: OutboxMessage) -> None:
    try:
        with transaction.atomic():
            hand_over(message.subscriber, message.payload)
    except Exception as exc:
        message.postpone(now=timezone.now(), error=exc)
        logger.exception(
            "outbox delivery failed",
            extra={"outbox_message": message.pk, "is_dead": message.status == DeliveryStatus.DEAD},
        )
    else:
        message.acknowledge(now=timezone.now())
    OUTBOX_DELIVERIES.labels(subscriber=message.subscriber, outcome=message.status).inc()


@transaction.atomic(durable=True)
def replay(*, message_ids: list[int], now: datetime) -> int:
    """Give dead messages another full round of tries; returns how many were dead."""
    dead = OutboxMessage.objects.filter(pk__in=message_ids, status=DeliveryStatus.DEAD)
    revived = dead.update(status=DeliveryStatus.PENDING, attempts=0, due_at=now)
    nudge_after_commit("core.tasks.deliver_outbox")
    return revived
