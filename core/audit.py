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

from core.db import execute, fetch, requires_transaction
from core.models import AuditEntry

GENESIS = "0" * 64
# Plain statements: whoever waits for the chain waits for what its holder builds.
CHAIN_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('core.audit.chain', 0))"
LAST = "SELECT hash FROM core_auditentry ORDER BY id DESC LIMIT 1"
APPEND = """
INSERT INTO core_auditentry
       (at, actor_id, action, subject_kind, subject_id, facts, previous_hash, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@requires_transaction
def record(
    *,
    action: str,
    subject_kind: str,
    subject_id: object,
    actor_id: UUID | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry in the caller's transaction: fact and record stand or fall together."""
    execute(CHAIN_LOCK)
    # A statement of its own: its snapshot must be younger than the lock.
    last = fetch(LAST)
    entry = AuditEntry(
        at=now,
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        facts=msgspec.to_builtins(dict(facts or {})),
        previous_hash=last[0][0] if last else GENESIS,
    )
    written = msgspec.json.encode(entry.facts).decode()
    about = (entry.at, entry.actor_id, entry.action, entry.subject_kind, entry.subject_id)
    execute(APPEND, (*about, written, entry.previous_hash, _digest(entry)))


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
