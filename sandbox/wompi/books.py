"""The gateway's own books: transactions and the checkouts that payers opened."""

import itertools
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.store import Store
from sandbox.wompi.statuses import EXPLANATIONS, Plan, Status

MERCHANT_ID = 12345
_numbers = itertools.count(secrets.randbelow(90_000))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One attempt to pay a reference. `source` is `api` or `checkout`."""

    id: str
    reference: str
    status: Status
    source: str
    plan: Plan | None
    settle_at: float | None
    created_at: float
    finalized_at: float | None
    document: JsonObject

    @property
    def kind(self) -> str:
        """The payment method's type."""
        return str(self.document["payment_method_type"])

    def as_json(self) -> dict[str, object]:
        """As Wompi shows it."""
        finalized = None if self.finalized_at is None else iso(self.finalized_at)
        return {
            "id": self.id,
            "created_at": iso(self.created_at),
            "finalized_at": finalized,
            **self.document,
            "reference": self.reference,
            "status": self.status,
            "status_message": self.document.get("status_message") or EXPLANATIONS[self.status],
        }


def new_id(now: float) -> str:
    """Merchant, second, number: never the same twice, not even after the books were wiped."""
    return f"{MERCHANT_ID}-{int(now)}-{10_000 + next(_numbers) % 90_000}"


def next_id(store: Store, table: str) -> int:
    """A number after the last one; hardly the same twice, not even when the table is empty again.

    `table` is one of ours, never something that was sent.
    """
    row = store.one(f"SELECT max(id) AS last FROM {table}")  # noqa: S608
    last = row["last"] if row else None
    return 100_000 + secrets.randbelow(10**9) if last is None else int(str(last)) + 1


class Books:
    """Reads and writes of Wompi's tables."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, transaction: Transaction) -> None:
        """Enter a new transaction."""
        self._store.run(
            "INSERT INTO wompi_transactions (id, reference, status, source, plan, settle_at,"
            " created_at, finalized_at, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            transaction.id,
            transaction.reference,
            transaction.status,
            transaction.source,
            json.dumps(asdict(transaction.plan)) if transaction.plan else None,
            transaction.settle_at,
            transaction.created_at,
            transaction.finalized_at,
            json.dumps(transaction.document, ensure_ascii=False),
        )

    def save(self, transaction: Transaction) -> None:
        """Write what can change: status, times, document."""
        self._store.run(
            "UPDATE wompi_transactions SET status = ?, settle_at = ?, finalized_at = ?,"
            " document = ? WHERE id = ?",
            transaction.status,
            transaction.settle_at,
            transaction.finalized_at,
            json.dumps(transaction.document, ensure_ascii=False),
            transaction.id,
        )

    def find(self, transaction_id: str) -> Transaction | None:
        """By its id."""
        row = self._store.one("SELECT * FROM wompi_transactions WHERE id = ?", transaction_id)
        return _from_row(row) if row else None

    def of_reference(self, reference: str) -> list[Transaction]:
        """Every attempt of one reference, oldest first."""
        rows = self._store.all(
            "SELECT * FROM wompi_transactions WHERE reference = ? ORDER BY seq", reference
        )
        return [_from_row(row) for row in rows]

    def unsettled(self) -> list[Transaction]:
        """Those the gateway still has to move by itself."""
        rows = self._store.all(
            "SELECT * FROM wompi_transactions WHERE settle_at IS NOT NULL ORDER BY seq"
        )
        return [_from_row(row) for row in rows]

    def newest(self, *, limit: int) -> list[Transaction]:
        """The last entries, newest first."""
        rows = self._store.all("SELECT * FROM wompi_transactions ORDER BY seq DESC LIMIT ?", limit)
        return [_from_row(row) for row in rows]

    def everything(self) -> list[Transaction]:
        """The whole of it, oldest first."""
        rows = self._store.all("SELECT * FROM wompi_transactions ORDER BY seq")
        return [_from_row(row) for row in rows]

    def search(
        self,
        filters: dict[str, str],
        *,
        since: float | None,
        before: float | None,
        oldest_first: bool,
        limit: int,
        offset: int,
    ) -> list[Transaction]:
        """`GET /transactions`: equal fields, `created_at` in [since, before)."""
        rows = self._store.all(
            SEARCH,
            filters.get("reference"),
            filters.get("id"),
            filters.get("status"),
            filters.get("payment_method_type"),
            filters.get("customer_email"),
            since,
            before,
            1 if oldest_first else -1,
            limit,
            offset,
        )
        return [_from_row(row) for row in rows]

    def open_checkout(self, checkout: JsonObject, *, now: float) -> None:
        """A payer opened the page with this order."""
        self._store.run(
            "INSERT OR REPLACE INTO wompi_checkouts VALUES (?, ?, ?)",
            checkout["reference"],
            now,
            json.dumps(checkout, ensure_ascii=False),
        )

    def checkout(self, reference: str) -> JsonObject | None:
        """The order a payer opened, if one did."""
        row = self._store.one("SELECT document FROM wompi_checkouts WHERE reference = ?", reference)
        return _json(row["document"]) if row else None

    def open_checkouts(self, *, limit: int) -> list[JsonObject]:
        """Orders that were opened and never tried to pay, newest first."""
        rows = self._store.all(
            "SELECT document FROM wompi_checkouts WHERE NOT EXISTS (SELECT 1"
            " FROM wompi_transactions AS paid WHERE paid.reference = wompi_checkouts.reference)"
            " ORDER BY opened_at DESC LIMIT ?",
            limit,
        )
        return [_json(row["document"]) for row in rows]


# A range, and not `?1 IS NULL OR reference = ?1`: only this way SQLite takes the index, and the
# look-up by reference stays cheap however long the books. '~' sorts after every reference.
SEARCH = """
SELECT * FROM wompi_transactions
 WHERE reference BETWEEN coalesce(?1, '') AND coalesce(?1, '~')
   AND (?2 IS NULL OR id = ?2)
   AND (?3 IS NULL OR status = ?3)
   AND (?4 IS NULL OR json_extract(document, '$.payment_method_type') = ?4)
   AND (?5 IS NULL OR json_extract(document, '$.customer_email') = ?5)
   AND (?6 IS NULL OR created_at >= ?6)
   AND (?7 IS NULL OR created_at < ?7)
 ORDER BY seq * ?8 LIMIT ?9 OFFSET ?10
"""


def _json(text: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(str(text))
    return document


def _from_row(row: dict[str, object]) -> Transaction:
    return Transaction(
        id=str(row["id"]),
        reference=str(row["reference"]),
        status=Status(str(row["status"])),
        source=str(row["source"]),
        plan=_plan(row["plan"]),
        settle_at=_instant(row["settle_at"]),
        created_at=float(str(row["created_at"])),
        finalized_at=_instant(row["finalized_at"]),
        document=_json(row["document"]),
    )


def _instant(value: object) -> float | None:
    return None if value is None else float(str(value))


def _plan(text: object) -> Plan | None:
    if text is None:
        return None
    plan = _json(text)
    return Plan(
        status=Status(plan["status"]) if plan["status"] else None,
        extra=plan["extra"],
        message=plan["message"],
        after_yes=Status(plan["after_yes"]),
    )
