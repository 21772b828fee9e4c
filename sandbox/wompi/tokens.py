"""Tokens of cards and of Nequi accounts: made once, spent once (section 7)."""

import json
from dataclasses import dataclass

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.identifiers import letters
from sandbox.store import Store
from sandbox.wompi.statuses import Status

# Half a year, as in the samples of the provider's page.
LIFE_SECONDS = 180 * 86_400
NEQUI_OUTCOMES = {"3991111111": Status.APPROVED, "3992222222": Status.DECLINED}


@dataclass(frozen=True, slots=True)
class Token:
    """`status` is CREATED for cards; PENDING, APPROVED or DECLINED for Nequi.

    `outcome` is how charges of what it stands for end.
    """

    id: str
    kind: str
    status: str
    outcome: Status
    settle_at: float | None
    created_at: float
    expires_at: float
    spent_at: float | None
    document: JsonObject

    def as_json(self) -> JsonObject:
        """As Wompi shows it."""
        return {
            "id": self.id,
            "created_at": iso(self.created_at),
            **self.document,
            "expires_at": iso(self.expires_at),
        }

    def serves(self, kind: str, *, now: float) -> bool:
        """Whether a charge or a source of that kind can be made of it."""
        ready = self.status in {"CREATED", "APPROVED"}
        return self.kind == kind and ready and self.spent_at is None and now < self.expires_at


def new_token_id(kind: str) -> str:
    """`tok_test_…` or `nequi_test_…`."""
    return f"{'tok' if kind == 'CARD' else kind.lower()}_test_{letters(32)}"


class Tokens:
    """The table of tokens."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, token: Token) -> None:
        """Remember a new one."""
        self._store.run(
            "INSERT INTO wompi_tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            token.id,
            token.kind,
            token.status,
            token.outcome,
            token.settle_at,
            token.created_at,
            token.expires_at,
            json.dumps(token.document, ensure_ascii=False),
        )

    def find(self, token_id: object) -> Token | None:
        """By its id."""
        if not isinstance(token_id, str):
            return None
        row = self._store.one("SELECT * FROM wompi_tokens WHERE id = ?", token_id)
        return _from_row(row) if row else None

    def unsettled(self) -> list[Token]:
        """Those whose owner has still to answer."""
        rows = self._store.all("SELECT * FROM wompi_tokens WHERE settle_at IS NOT NULL")
        return [_from_row(row) for row in rows]

    def settle(self, token_id: str, status: str) -> None:
        """Its owner has answered."""
        self._store.run(
            "UPDATE wompi_tokens SET status = ?, settle_at = NULL WHERE id = ?", status, token_id
        )

    def spend(self, token_id: str, *, now: float) -> None:
        """It served, and never serves again."""
        self._store.run("UPDATE wompi_tokens SET spent_at = ? WHERE id = ?", now, token_id)


def _from_row(row: dict[str, object]) -> Token:
    def instant(name: str) -> float | None:
        return None if row[name] is None else float(str(row[name]))

    return Token(
        id=str(row["id"]),
        kind=str(row["kind"]),
        status=str(row["status"]),
        outcome=Status(str(row["outcome"])),
        settle_at=instant("settle_at"),
        created_at=float(str(row["created_at"])),
        expires_at=float(str(row["expires_at"])),
        spent_at=instant("spent_at"),
        document=json.loads(str(row["document"])),
    )
