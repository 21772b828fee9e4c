"""Every message that left a provider or came from a person, whatever the channel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.clock import iso
from sandbox.phones import digits
from sandbox.store import Store


class Channel(StrEnum):
    """Where a person reads it."""

    WHATSAPP = "whatsapp"
    SMS = "sms"


class Direction(StrEnum):
    """`out`: the provider sent it to a person; `in`: a person wrote it."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `reference` is the sender's own string, echoed in status webhooks."""

    id: str
    provider: str
    channel: Channel
    direction: Direction
    phone: str
    text: str
    created_at: float
    status: str
    code: str | None = None
    template: str | None = None
    language: str | None = None
    parameters: Sequence[str] = field(default_factory=tuple)
    reference: str | None = None


class MessageLog:
    """The messages table."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, message: Message) -> None:
        """Remember it."""
        self._store.run(
            "INSERT INTO messages (id, provider, channel, direction, phone, text, code, template,"
            " language, parameters, status, reference, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message.id,
            message.provider,
            message.channel,
            message.direction,
            digits(message.phone),
            message.text,
            message.code,
            message.template,
            message.language,
            json.dumps(list(message.parameters), ensure_ascii=False),
            message.status,
            message.reference,
            message.created_at,
        )

    def mark(self, message_id: str, *, status: str, error_code: int | None = None) -> None:
        """Its newest status."""
        self._store.run(
            "UPDATE messages SET status = ?, error_code = ? WHERE id = ?",
            status,
            error_code,
            message_id,
        )

    def find(self, message_id: str) -> dict[str, object] | None:
        """One row, as stored."""
        return self._store.one("SELECT * FROM messages WHERE id = ?", message_id)

    def last_written_at(self, phone: str) -> float | None:
        """When that person last wrote on WhatsApp: it opens the 24 h window."""
        row = self._store.one(
            "SELECT created_at FROM messages WHERE phone = ? AND direction = 'in'"
            " ORDER BY seq DESC LIMIT 1",
            digits(phone),
        )
        return float(str(row["created_at"])) if row else None

    def rows(
        self, *, phone: str | None, channel: str | None, direction: str | None, limit: int
    ) -> list[dict[str, object]]:
        """Stored rows, newest first; `None` filters nothing."""
        if phone is None:
            return self._store.all(NEWEST, channel, direction, limit)
        return self._store.all(NEWEST_OF_PHONE, channel, direction, limit, digits(phone))


# Two statements, so that each takes its index: one phone's messages cost the same in a long log.
NEWEST = """
SELECT * FROM messages
 WHERE (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR direction = ?2)
 ORDER BY seq DESC LIMIT ?3
"""
NEWEST_OF_PHONE = """
SELECT * FROM messages
 WHERE phone = ?4 AND (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR direction = ?2)
 ORDER BY seq DESC LIMIT ?3
"""


def as_json(row: dict[str, object]) -> dict[str, object]:
    """A stored row as the control answers it."""
    return {
        "id": row["id"],
        "provider": row["provider"],
        "channel": row["channel"],
        "direction": row["direction"],
        "to" if row["direction"] == Direction.OUT else "from": f"+{row['phone']}",
        "text": row["text"],
        "code": row["code"],
        "template": row["template"],
        "language": row["language"],
        "parameters": json.loads(str(row["parameters"])),
        "status": row["status"],
        "error_code": row["error_code"],
        "reference": row["reference"],
        "created_at": iso(float(str(row["created_at"]))),
    }
