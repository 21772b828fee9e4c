"""Webhooks: stored raw under a unique key, answered 200, worked on later (FIN-02).

A provider's handler has two halves. `look_up` runs outside any transaction and may call the
provider; `apply` runs inside the transaction that stamps the receipt and must not. A message is
leased while it is looked up: a killed worker's lease lapses and another takes over.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.metrics import INBOX_MESSAGES
from core.models import DeliveryStatus, InboxMessage
from core.nudges import nudge_after_commit

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = timedelta(seconds=60)

STORE = """
INSERT INTO core_inboxmessage
       (provider, key, body, received_at, times_received, status, attempts, due_at, last_error)
VALUES (%(provider)s, %(key)s, %(body)s, %(now)s, 1, 'PENDING', 0, %(now)s, '')
ON CONFLICT ON CONSTRAINT core_inboxmessage_once_per_key
   DO UPDATE SET times_received = core_inboxmessage.times_received + 1
"""

LEASE_DUE = """
UPDATE core_inboxmessage
   SET leased_until = %(until)s
 WHERE id IN (SELECT id FROM core_inboxmessage
               WHERE status = 'PENDING' AND due_at <= %(now)s
                 AND (leased_until IS NULL OR leased_until < %(now)s)
               ORDER BY due_at, id
               LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Handler:
    """How one provider's messages are worked on."""

    look_up: Callable[[bytes], Any]
    apply: Callable[[bytes, Any, datetime], None]


_handlers: dict[str, Handler] = {}


def register_handler(
    provider: str,
    *,
    apply: Callable[[bytes, Any, datetime], None],
    look_up: Callable[[bytes], Any] = lambda body: None,
) -> None:
    """Called once per provider from `AppConfig.ready()`."""
    if provider in _handlers:
        raise RuntimeError(f"{provider} already has a handler")
    _handlers[provider] = Handler(look_up=look_up, apply=apply)


@transaction.atomic(durable=True)
def store(*, provider: str, key: str, body: bytes, now: datetime) -> None:
    """Keep an authentic message; a repeat of `key` only counts that it came again."""
    with connection.cursor() as cursor:
        cursor.execute(STORE, {"provider": provider, "key": key, "body": body, "now": now})
    nudge_after_commit("core.tasks.process_inbox")


def process_due(*, now: datetime, limit: int = BATCH) -> int:
    """Work on one batch of what is due; returns how many messages it took up."""
    with transaction.atomic(durable=True):
        values = {"now": now, "until": now + LEASE, "limit": limit}
        batch = list(InboxMessage.objects.raw(LEASE_DUE, values))
    found = [(message, _look_up(message)) for message in batch]
    with transaction.atomic(durable=True):
        still_ours = _lock(batch)
        for message, facts in found:
            if message.pk in still_ours:
                _apply(message, facts)
        kept = [message for message in batch if message.pk in still_ours]
        InboxMessage.objects.bulk_update(kept, [*InboxMessage.receipt_fields(), "leased_until"])
    return len(batch)


def _lock(batch: list[InboxMessage]) -> set[int]:
    """The messages whose lease nobody took over while we were asking the provider."""
    leases = {message.pk: message.leased_until for message in batch}
    rows = (
        InboxMessage.objects.filter(pk__in=leases, status=DeliveryStatus.PENDING)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "leased_until")
    )
    return {pk for pk, leased_until in rows if leased_until == leases[pk]}


def _look_up(message: InboxMessage) -> Any:
    """What the provider says, or the failure itself: it is recorded with the receipt."""
    try:
        return _handlers[message.provider].look_up(bytes(message.body))
    except Exception as exc:  # noqa: BLE001  (whatever a look-up dies of is recorded and retried)
        logger.exception("inbox look-up failed", extra={"inbox_message": message.pk})
        return exc


def _apply(message: InboxMessage, facts: Any) -> None:
    now = timezone.now()
    message.leased_until = None
    try:
        if isinstance(facts, Exception):
            raise facts
        with transaction.atomic():
            _handlers[message.provider].apply(bytes(message.body), facts, now)
    except Exception as exc:  # noqa: BLE001  (a message that cannot be applied is retried, then dead)
        if exc is not facts:
            logger.exception("inbox message failed", extra={"inbox_message": message.pk})
        message.postpone(now=now, error=exc)
    else:
        message.acknowledge(now=now)
    INBOX_MESSAGES.labels(provider=message.provider, outcome=message.status).inc()
