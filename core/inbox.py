"""Webhooks: stored raw under a unique key, answered 200, worked on later (FIN-02).

A provider's handler has two halves. `look_up` runs outside any transaction and may call the
provider; `apply` runs inside the transaction that stamps the receipts and must not. Both are given
a batch, so that asking and writing can be shared; a batch that fails is applied again one by one,
so that a bad message spoils only itself. Messages are leased while they are looked up: a killed
worker's lease lapses and another takes over.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.db import atomic_without_wait, execute, fetch
from core.metrics import INBOX_MESSAGES
from core.models import InboxMessage
from core.nudges import nudge_after_commit

logger = logging.getLogger(__name__)

BATCH = 200
LEASE = timedelta(seconds=60)

STORE = """
INSERT INTO core_inboxmessage
       (provider, key, body, received_at, times_received, status, attempts, due_at, last_error,
        is_awaited)
VALUES (%(provider)s, %(key)s, %(body)s, %(now)s, 1, 'PENDING', 0, %(now)s, '', %(is_awaited)s)
ON CONFLICT ON CONSTRAINT core_inboxmessage_once_per_key
   DO UPDATE SET times_received = core_inboxmessage.times_received + 1
"""

LEASE_DUE = """
UPDATE core_inboxmessage
   SET leased_until = %(until)s
 WHERE id IN (SELECT id FROM core_inboxmessage
               WHERE status = 'PENDING' AND due_at <= %(now)s
                 AND (leased_until IS NULL OR leased_until < %(now)s)
               ORDER BY is_awaited DESC, due_at, id
               LIMIT %(limit)s
                 FOR UPDATE SKIP LOCKED)
RETURNING *
"""

LOCK = """
SELECT id, leased_until FROM core_inboxmessage
 WHERE id = ANY(%s) AND status = 'PENDING'
 ORDER BY id
   FOR NO KEY UPDATE
"""

LookUp = Callable[[Sequence[bytes]], Sequence[Any]]
Apply = Callable[[bytes, Any, datetime], None]
ApplyBatch = Callable[[Sequence[bytes], Sequence[Any], datetime], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """How one provider's messages are worked on."""

    look_up: LookUp
    apply: ApplyBatch


_handlers: dict[str, Handler] = {}


def register_handler(provider: str, *, apply: Apply) -> None:
    """Work on the provider's messages one by one. Called once from `AppConfig.ready()`."""

    def apply_each(bodies: Sequence[bytes], facts: Sequence[Any], now: datetime) -> None:
        for body, known in zip(bodies, facts, strict=True):
            apply(body, known, now)

    register_batch_handler(provider, look_up=_nothing_to_ask, apply=apply_each)


def register_batch_handler(provider: str, *, look_up: LookUp, apply: ApplyBatch) -> None:
    """Work on the provider's messages a batch at a time. Called once from `AppConfig.ready()`.

    `look_up` answers, for each body, facts or the `Exception` that kept it from knowing them;
    `apply` is given the bodies and facts of those it does know.
    """
    if provider in _handlers:
        raise RuntimeError(f"{provider} already has a handler")
    _handlers[provider] = Handler(look_up=look_up, apply=apply)


def _nothing_to_ask(bodies: Sequence[bytes]) -> Sequence[Any]:
    return [None] * len(bodies)


def _refuse_to_look_up(bodies: Sequence[bytes]) -> Sequence[Any]:
    raise LookupError("nobody handles this provider's messages")


# A provider that was taken out of the code while its messages waited: they do, and stop no other.
_NOBODY = Handler(look_up=_refuse_to_look_up, apply=lambda bodies, facts, now: None)


def store(*, provider: str, key: str, body: bytes, now: datetime, is_awaited: bool = True) -> None:
    """Keep an authentic message; a repeat of `key` only counts that it came again.

    One statement, committed by itself: whoever answers 200 afterwards has it on disk. What nobody
    waits for (`is_awaited`) is worked on after all that somebody does, at the latest by the sweep:
    however many of them have piled up, money goes first.
    """
    values = {"provider": provider, "key": key, "body": body, "now": now}
    execute(STORE, values | {"is_awaited": is_awaited})
    if is_awaited:
        nudge_after_commit("core.tasks.process_inbox")


def process_due(*, now: datetime, limit: int = BATCH) -> int:
    """Work on one batch of what is due; returns how many messages it took up."""
    with atomic_without_wait():
        values = {"now": now, "until": now + LEASE, "limit": limit}
        leased = InboxMessage.objects.raw(LEASE_DUE, values)
        batch = sorted(leased, key=lambda message: message.pk)
    if not batch:
        return 0
    facts: dict[int, Any] = {}
    for handler, messages in _by_handler(batch):
        facts |= _look_up(handler, messages)
    with atomic_without_wait():
        ours = _lock(batch)
        for handler, messages in _by_handler(ours):
            _work(handler, messages, facts)
        _stamp(ours)
    return len(batch)


def _by_handler(messages: Sequence[InboxMessage]) -> list[tuple[Handler, list[InboxMessage]]]:
    groups: dict[str, list[InboxMessage]] = defaultdict(list)
    for message in messages:
        groups[message.provider].append(message)
    return [(_handlers.get(provider, _NOBODY), found) for provider, found in groups.items()]


def _look_up(handler: Handler, messages: Sequence[InboxMessage]) -> dict[int, Any]:
    """What the provider says of each message, or the failure: it is recorded with the receipt."""
    try:
        answers = handler.look_up([bytes(message.body) for message in messages])
    except Exception as exc:
        logger.exception("inbox look-up failed", extra={"inbox_messages": len(messages)})
        answers = [exc] * len(messages)
    return {message.pk: answer for message, answer in zip(messages, answers, strict=True)}


def _lock(batch: list[InboxMessage]) -> list[InboxMessage]:
    """The messages whose lease nobody took over while we were asking the provider."""
    leases = {message.pk: message.leased_until for message in batch}
    rows = fetch(LOCK, [list(leases)])
    ours = {pk for pk, leased_until in rows if leased_until == leases[pk]}
    return [message for message in batch if message.pk in ours]


def _work(handler: Handler, messages: list[InboxMessage], facts: dict[int, Any]) -> None:
    """Apply what is known, together if that goes well, and mark each message in memory."""
    known = []
    for message in messages:
        if isinstance(facts[message.pk], Exception):
            message.postpone(now=timezone.now(), error=facts[message.pk])
        else:
            known.append(message)
    if known and _apply(handler, known, facts) is not None:
        for message in known:
            error = _apply(handler, [message], facts)
            if error is not None:
                message.postpone(now=timezone.now(), error=error)


def _apply(
    handler: Handler, messages: list[InboxMessage], facts: dict[int, Any]
) -> Exception | None:
    """Apply the messages in a savepoint, all of them or none; returns what went wrong."""
    now = timezone.now()
    bodies = [bytes(message.body) for message in messages]
    try:
        with transaction.atomic():
            handler.apply(bodies, [facts[message.pk] for message in messages], now)
    except Exception as exc:
        ids = [message.pk for message in messages]
        logger.exception("inbox messages failed", extra={"inbox_messages": ids})
        return exc
    for message in messages:
        message.acknowledge(now=now)
    return None


def _stamp(messages: list[InboxMessage]) -> None:
    """Write the receipts and let the leases go."""
    for message in messages:
        message.leased_until = None
        INBOX_MESSAGES.labels(provider=message.provider, outcome=message.status).inc()
    InboxMessage.write_receipts(messages, now=timezone.now())
