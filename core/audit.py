"""Writing and proving the audit log (CORE-05).

Entries form one chain, so writers queue on a lock that dies with their transaction. That is right
for what is audited (admin actions, refusals that smell of fraud, role changes), and why money has
its own ledger instead: the chain is not for the hot path.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from core.db import requires_transaction
from core.models import AuditEntry

GENESIS = "0" * 64
CHAIN_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('core.audit.chain', 0))"


@requires_transaction
def record(
    *,
    action: str,
    subject_kind: str,
    subject_id: object,
    actor_id: UUID | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry in the caller's transaction: fact and record stand or fall together."""
    with connection.cursor() as cursor:
        cursor.execute(CHAIN_LOCK)
    last = AuditEntry.objects.order_by("-pk").first()
    entry = AuditEntry(
        at=now,
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        facts=msgspec.to_builtins(dict(facts or {})),
        previous_hash=last.hash if last else GENESIS,
    )
    entry.hash = _digest(entry)
    entry.save(force_insert=True)
    return entry


def find_broken_entry() -> AuditEntry | None:
    """The first entry that was changed or lost its neighbour; `None` if the chain holds."""
    expected = GENESIS
    for entry in AuditEntry.objects.order_by("pk").iterator(chunk_size=2000):
        if entry.previous_hash != expected or entry.hash != _digest(entry):
            return entry
        expected = entry.hash
    return None


def _digest(entry: AuditEntry) -> str:
    covered = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(entry.actor_id or ""),
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.facts,
        entry.previous_hash,
    ]
    return hashlib.sha256(msgspec.json.encode(covered, order="deterministic")).hexdigest()
