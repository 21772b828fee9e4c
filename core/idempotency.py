"""Run a use case once per caller and key, and answer every repeat with the same bytes (CORE-02).

The record of the answer is written in the effect's own transaction, so a crash can leave neither
without the other. A rival with the same key is told so by an advisory lock that dies with its
transaction: there is no stored "in flight" state that a killed process could leave behind.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

from core.db import execute, fetch
from core.errors import DomainError, IdempotencyInFlight, IdempotencyKeyReused, Kind
from core.use_cases import UseCase

R = TypeVar("R")

# Refusals that time alone may turn into success: they are not the answer to the key.
PASSING = {Kind.UNAVAILABLE, Kind.THROTTLED, Kind.UNAUTHENTICATED}


# Plain statements: these run at every write, where building a query costs more than running it.
CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
FIND = """
SELECT fingerprint, status, content_type, body
  FROM core_idempotencyrecord
 WHERE caller = %s AND key = %s
"""
STORE = """
INSERT INTO core_idempotencyrecord
       (caller, key, fingerprint, status, content_type, body, created_at)
VALUES (%s, %s, %s, %s, %s, %s, now())
"""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Who asks, under which key, and a digest of what exactly was asked."""

    caller: str
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, *, caller: str, key: str, method: str, path: str, body: bytes) -> "RequestKey":
        """The key of a request: its method, path and body bytes are the fingerprint."""
        digest = hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).digest()
        return cls(caller=caller, key=key, fingerprint=digest)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as bytes; `replayed` when it was given before."""

    status: int
    content_type: str
    body: bytes
    replayed: bool = False


def run_once(
    use_case: UseCase[..., R],
    *,
    key: RequestKey,
    present: Callable[[R], Answer],
    refuse: Callable[[DomainError], Answer],
    arguments: dict[str, Any],
) -> Answer:
    """The answer of `use_case(**arguments)`, or the stored one if this key was answered before.

    Refusals of the business are answers too and replay; failures (5xx) store nothing and may be
    tried again with the same key. Raises `IdempotencyInFlight` while a rival runs,
    `IdempotencyKeyReused` when the key belongs to another request.
    """
    with transaction.atomic(durable=True):
        _claim(key)
        if (stored := _find(key)) is not None:
            return stored
        try:
            with transaction.atomic():
                answer = present(use_case.body(**arguments))
        except DomainError as refusal:
            if refusal.kind in PASSING:
                raise
            answer = refuse(refusal)
        _store(key, answer)
    return answer


def _claim(key: RequestKey) -> None:
    """Hold the key until this transaction ends, or say that a rival does."""
    ((is_ours,),) = fetch(CLAIM, [f"idempotency {key.caller} {key.key}"])
    if not is_ours:
        raise IdempotencyInFlight(retry_after=1)


def _find(key: RequestKey) -> Answer | None:
    # A statement of its own: its snapshot must be younger than the lock.
    found = fetch(FIND, [key.caller, key.key])
    if not found:
        return None
    fingerprint, status, content_type, body = found[0]
    if bytes(fingerprint) != key.fingerprint:
        raise IdempotencyKeyReused
    return Answer(status, content_type, bytes(body), replayed=True)


def _store(key: RequestKey, answer: Answer) -> None:
    values: list[Any] = [key.caller, key.key, key.fingerprint, answer.status]
    values += [answer.content_type, answer.body]
    execute(STORE, values)
