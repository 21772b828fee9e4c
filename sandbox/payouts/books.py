"""The provider's books of payouts: batches and their lines."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.store import Store

KEY_LIFE_SECONDS = 86_400


class BatchStatus(StrEnum):
    """TOTAL_PAYMENT: every line is over, well or badly. It and REJECTED are final."""

    PENDING = "PENDING"
    PARTIAL_PAYMENT = "PARTIAL_PAYMENT"
    TOTAL_PAYMENT = "TOTAL_PAYMENT"
    REJECTED = "REJECTED"


class LineStatus(StrEnum):
    """All but the first are final."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Line:
    """One payment. `plan` is how it ends by itself (`None`: a person decides), `code` why badly."""

    id: str
    batch_id: str
    status: LineStatus
    plan: LineStatus | None
    code: str | None
    amount_in_cents: int
    created_at: float
    applied_at: float | None
    document: JsonObject

    @property
    def failure(self) -> JsonObject | None:
        """Why it failed."""
        if self.status != LineStatus.FAILED:
            return None
        return {"code": self.code, "message": FAILURES.get(self.code or "", "Pago rechazado")}

    def as_json(self) -> JsonObject:
        """As the API shows it."""
        payee = {name: self.document.get(name) for name in PAYEE}
        return {
            "id": self.id,
            "payoutId": self.batch_id,
            "status": self.status,
            "amountInCents": self.amount_in_cents,
            "currency": "COP",
            "reference": self.document.get("reference"),
            "payeeInfo": payee,
            "failureReason": self.failure,
            "createdAt": iso(self.created_at),
            "appliedAt": None if self.applied_at is None else iso(self.applied_at),
        }


PAYEE = ("name", "email", "legalIdType", "legalId", "bankId", "accountType", "accountNumber")
# Three of the banks' codes; an account whose number ends so fails so (the sandbox's own test data).
FAILURES = {
    "D07": "La cuenta no existe",
    "D11": "La cuenta no corresponde al documento",
    "D19": "Fondos insuficientes",
}
FAILING_ACCOUNTS = {"0007": "D07", "0011": "D11", "0019": "D19"}


@dataclass(frozen=True, slots=True)
class Batch:
    """What one `POST /payouts` made."""

    id: str
    reference: str
    status: BatchStatus
    account_id: str
    idempotency_key: str
    amount_in_cents: int
    settle_at: float | None
    created_at: float
    document: JsonObject

    def as_json(self) -> JsonObject:
        """As the API shows it."""
        return {
            "id": self.id,
            "reference": self.reference,
            "status": self.status,
            "amountInCents": self.amount_in_cents,
            "currency": "COP",
            "accountId": self.account_id,
            **self.document,
            "createdAt": iso(self.created_at),
        }


class PayoutBooks:
    """Reads and writes of batches and lines."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, batch: Batch, lines: list[Line]) -> None:
        """Enter a batch with its key, and its lines."""
        self._store.run(
            "INSERT INTO payout_batches (id, reference, status, account_id, idempotency_key,"
            " amount_in_cents, settle_at, created_at, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            batch.id,
            batch.reference,
            batch.status,
            batch.account_id,
            batch.idempotency_key,
            batch.amount_in_cents,
            batch.settle_at,
            batch.created_at,
            json.dumps(batch.document, ensure_ascii=False),
        )
        for line in lines:
            self._store.run(
                "INSERT INTO payout_lines (id, batch_id, status, plan, code, amount_in_cents,"
                " created_at, applied_at, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                line.id,
                line.batch_id,
                line.status,
                line.plan,
                line.code,
                line.amount_in_cents,
                line.created_at,
                line.applied_at,
                json.dumps(line.document, ensure_ascii=False),
            )

    def save_line(self, line: Line) -> None:
        """Write how it ended."""
        self._store.run(
            "UPDATE payout_lines SET status = ?, code = ?, applied_at = ? WHERE id = ?",
            line.status,
            line.code,
            line.applied_at,
            line.id,
        )

    def save_batch(self, batch: Batch) -> None:
        """Write where it is."""
        self._store.run(
            "UPDATE payout_batches SET status = ?, settle_at = ? WHERE id = ?",
            batch.status,
            batch.settle_at,
            batch.id,
        )

    def find(self, batch_id: str) -> Batch | None:
        """By the provider's id."""
        row = self._store.one("SELECT * FROM payout_batches WHERE id = ?", batch_id)
        return _batch(row) if row else None

    def lines_of(self, batch_id: str) -> list[Line]:
        """In the order they were sent."""
        rows = self._store.all(
            "SELECT * FROM payout_lines WHERE batch_id = ? ORDER BY seq", batch_id
        )
        return [_line(row) for row in rows]

    def knows_key(self, key: str, *, now: float) -> bool:
        """Whether a batch was made under the key within its life."""
        return bool(
            self._store.one(
                "SELECT 1 FROM payout_batches WHERE idempotency_key = ? AND created_at > ?",
                key,
                now - KEY_LIFE_SECONDS,
            )
        )

    def sent_since(self, instant: float) -> tuple[int, int]:
        """Cents and number of the batches made since then that were not rejected."""
        row = self._store.one(
            "SELECT coalesce(sum(amount_in_cents), 0) AS cents, count(*) AS batches"
            " FROM payout_batches WHERE created_at >= ? AND status <> 'REJECTED'",
            instant,
        )
        return (int(str(row["cents"])), int(str(row["batches"]))) if row else (0, 0)

    def newest(self, *, reference: str | None = None) -> list[Batch]:
        """All of them, or those of a reference; newest first."""
        rows = self._store.all(
            "SELECT * FROM payout_batches WHERE ?1 IS NULL OR reference = ?1 ORDER BY seq DESC",
            reference,
        )
        return [_batch(row) for row in rows]

    def unsettled(self) -> list[Batch]:
        """Those the provider still has to end by itself."""
        rows = self._store.all("SELECT * FROM payout_batches WHERE settle_at IS NOT NULL")
        return [_batch(row) for row in rows]


def _instant(value: object) -> float | None:
    return None if value is None else float(str(value))


def _batch(row: dict[str, object]) -> Batch:
    return Batch(
        id=str(row["id"]),
        reference=str(row["reference"]),
        status=BatchStatus(str(row["status"])),
        account_id=str(row["account_id"]),
        idempotency_key=str(row["idempotency_key"]),
        amount_in_cents=int(str(row["amount_in_cents"])),
        settle_at=_instant(row["settle_at"]),
        created_at=float(str(row["created_at"])),
        document=json.loads(str(row["document"])),
    )


def _line(row: dict[str, object]) -> Line:
    return Line(
        id=str(row["id"]),
        batch_id=str(row["batch_id"]),
        status=LineStatus(str(row["status"])),
        plan=None if row["plan"] is None else LineStatus(str(row["plan"])),
        code=None if row["code"] is None else str(row["code"]),
        amount_in_cents=int(str(row["amount_in_cents"])),
        created_at=float(str(row["created_at"])),
        applied_at=_instant(row["applied_at"]),
        document=json.loads(str(row["document"])),
    )
