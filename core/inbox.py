"""Webhooks: stored raw under a unique key, answered 200, worked on later (FIN-02).

A provider's handler has up to three parts. `look_up` runs outside any transaction and may call
the provider, for a whole batch at once; `prepare` and `apply` run inside the transaction that
stamps the receipts and must not. A message is leased while it is looked up: a killed worker's lease
lapses and another takes over.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
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

    look_up: Callable[[Sequence[bytes]], Sequence[Any]]
    prepare: Callable[[Sequence[Any]], Sequence[Any]]
    apply: Callable[[bytes, Any, datetime], None]


_handlers: dict[str, Handler] = {}


def _nothing_to_look_up(bodies: Sequence[bytes]) -> Sequence[Any]:
    return [None] * len(bodies)


def _nothing_to_prepare(facts: Sequence[Any]) -> Sequence[Any]:
    return facts


def register_handler(
    provider: str,
    *,
    apply: Callable[[bytes, Any, datetime], None],
    look_up: Callable[[Sequence[bytes]], Sequence[Any]] = _nothing_to_look_up,
    prepare: Callable[[Sequence[Any]], Sequence[Any]] = _nothing_to_prepare,
) -> None:
    """Called once per provider from `AppConfig.ready()`.

    `look_up` answers facts for each body of a batch, or the `Exception` that kept it from knowing.
    `prepare` turns the facts of the batch into what `apply` is given one by one: the place to lock
    what several messages need in one order. `apply` runs in a savepoint of its own.
    """
    if provider in _handlers:
        raise RuntimeError(f"{provider} already has a handler")
    _handlers[provider] = Handler(look_up=look_up, prepare=prepare, apply=apply)


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
        leased = InboxMessage.objects.raw(LEASE_DUE, values)
        batch = sorted(leased, key=lambda message: message.pk)
    facts: dict[int, Any] = {}
    for handler, messages in _by_handler(batch):
        bodies = [bytes(message.body) for message in messages]
        facts |= _per_message(messages, handler.look_up, bodies)
    with transaction.atomic(durable=True):
        _settle(_lock(batch), facts)
    return len(batch)


def _by_handler(messages: Sequence[InboxMessage]) -> list[tuple[Handler, list[InboxMessage]]]:
    groups: dict[str, list[InboxMessage]] = defaultdict(list)
    for message in messages:
        groups[message.provider].append(message)
    return [(_handlers[provider], found) for provider, found in groups.items()]


def _per_message(
    messages: Sequence[InboxMessage],
    ask: Callable[[Sequence[Any]], Sequence[Any]],
    values: Sequence[Any],
) -> dict[int, Any]:
    """What `ask` answers for each message, or the failure: it is recorded with the receipt."""
    try:
        answers = ask(values)
    except Exception as exc:
        logger.exception("inbox batch failed", extra={"messages": len(messages)})
        answers = [exc] * len(messages)
    return {message.pk: answer for message, answer in zip(messages, answers, strict=True)}


def _settle(messages: Sequence[InboxMessage], facts: dict[int, Any]) -> None:
    for handler, group in _by_handler(messages):
        known = [m for m in group if not isinstance(facts[m.pk], Exception)]
        values = [facts[message.pk] for message in known]
        facts |= _per_message(known, transaction.atomic(handler.prepare), values)
        for message in group:
            _apply(handler, message, facts[message.pk])
    _stamp(messages)


def _stamp(messages: Sequence[InboxMessage]) -> None:
    """Write the receipts: one statement for what is done, one for what has to be tried again."""
    done = [message for message in messages if message.status == DeliveryStatus.DONE]
    InboxMessage.objects.filter(pk__in=[message.pk for message in done]).update(
        status=DeliveryStatus.DONE, done_at=timezone.now(), last_error="", leased_until=None
    )
    failed = [message for message in messages if message.status != DeliveryStatus.DONE]
    if failed:
        InboxMessage.objects.bulk_update(failed, [*InboxMessage.receipt_fields(), "leased_until"])


def _lock(batch: list[InboxMessage]) -> list[InboxMessage]:
    """The messages whose lease nobody took over while we were asking the provider."""
    leases = {message.pk: message.leased_until for message in batch}
    rows = (
        InboxMessage.objects.filter(pk__in=leases, status=DeliveryStatus.PENDING)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "leased_until")
    )
    ours = {pk for pk, leased_until in rows if leased_until == leases[pk]}
    return [message for message in batch if message.pk in ours]


def _apply(handler: Handler, message: InboxMessage, facts: Any) -> None:
    now = timezone.now()
    message.leased_until = None
    try:
        if isinstance(facts, Exception):
            raise facts
        with transaction.atomic():
            handler.apply(bytes(message.body), facts, now)
    except Exception as exc:
        if exc is not facts:
            logger.exception("inbox message failed", extra={"inbox_message": message.pk})
        message.postpone(now=now, error=exc)
    else:
        message.acknowledge(now=now)
    INBOX_MESSAGES.labels(provider=message.provider, outcome=message.status).inc()
