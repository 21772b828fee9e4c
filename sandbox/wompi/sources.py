"""Payment sources: cards and Nequi accounts that a person saved (section 7)."""

import json
from dataclasses import dataclass

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.store import Store
from sandbox.wompi.books import next_id
from sandbox.wompi.statuses import Status
from sandbox.wompi.tokens import Token

KINDS = ("CARD", "NEQUI")


@dataclass(frozen=True, slots=True)
class Source:
    """`status` is AVAILABLE or VOIDED; `outcome` is how its charges end."""

    id: int
    kind: str
    status: str
    outcome: Status
    token: str
    customer_email: str
    created_at: float
    document: JsonObject

    def as_json(self) -> JsonObject:
        """As Wompi shows it."""
        return {
            "id": self.id,
            "type": self.kind,
            "token": self.token,
            "status": self.status,
            "customer_email": self.customer_email,
            "public_data": {"type": self.kind, **self.document},
            "created_at": iso(self.created_at),
        }


class Sources:
    """The table of sources."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, token: Token, *, customer_email: str, now: float) -> Source:
        """Save what the token stands for."""
        source = Source(
            id=next_id(self._store, "wompi_sources"),
            kind=token.kind,
            status="AVAILABLE",
            outcome=token.outcome,
            token=token.id,
            customer_email=customer_email,
            created_at=now,
            document=token.document,
        )
        self._store.run(
            "INSERT INTO wompi_sources VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            source.id,
            source.kind,
            source.status,
            source.outcome,
            source.token,
            source.customer_email,
            source.created_at,
            json.dumps(source.document, ensure_ascii=False),
        )
        return source

    def find(self, source_id: object) -> Source | None:
        """By its id."""
        if not isinstance(source_id, int) or isinstance(source_id, bool):
            return None
        row = self._store.one("SELECT * FROM wompi_sources WHERE id = ?", source_id)
        return _from_row(row) if row else None

    def newest(self, *, limit: int) -> list[Source]:
        """The last ones, newest first."""
        rows = self._store.all("SELECT * FROM wompi_sources ORDER BY id DESC LIMIT ?", limit)
        return [_from_row(row) for row in rows]

    def change(
        self, source: Source, *, status: str | None = None, outcome: Status | None = None
    ) -> None:
        """Another status, or another end of its charges from now on."""
        self._store.run(
            "UPDATE wompi_sources SET status = ?, outcome = ? WHERE id = ?",
            status or source.status,
            outcome or source.outcome,
            source.id,
        )


def _from_row(row: dict[str, object]) -> Source:
    return Source(
        id=int(str(row["id"])),
        kind=str(row["kind"]),
        status=str(row["status"]),
        outcome=Status(str(row["outcome"])),
        token=str(row["token"]),
        customer_email=str(row["customer_email"]),
        created_at=float(str(row["created_at"])),
        document=json.loads(str(row["document"])),
    )
