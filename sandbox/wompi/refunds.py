"""The gateway's refunds: how much of a transaction went back (section 6)."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.identifiers import letters
from sandbox.store import Store
from sandbox.wompi.books import next_id

REFERENCES = ("reference", "reference_2", "reference_3", "reference_4", "reference_5")
# Which methods can be refunded is not on the provider's page: the sandbox's assumption.
REFUNDABLE = frozenset({"CARD", "NEQUI", "PSE", "BANCOLOMBIA_TRANSFER"})


class RefundStatus(StrEnum):
    """All are final. Only the first one moves money."""

    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"


EXPLANATIONS = {
    RefundStatus.APPROVED: None,
    RefundStatus.DECLINED: "Tiempo límite sin encontrar fondos excedido",
    RefundStatus.ERROR: "Error en la comunicación con el autorizador",
    RefundStatus.CANCELLED: "El reembolso fue cancelado",
}


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund; `document` holds the reason and the shop's references."""

    id: int
    transaction_id: str
    status: RefundStatus
    amount_in_cents: int
    created_at: float
    document: JsonObject

    def as_json(self) -> JsonObject:
        """As Wompi shows it."""
        cancelled = self.status == RefundStatus.CANCELLED
        return {
            "id": self.id,
            "status": self.status,
            "status_message": EXPLANATIONS[self.status],
            "transaction_id": self.transaction_id,
            "amount_in_cents": self.amount_in_cents,
            "created_at": iso(self.created_at),
            "cancelled_at": iso(self.created_at) if cancelled else None,
            **self.document,
        }


class Refunds:
    """The table of refunds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, body: JsonObject, status: RefundStatus, *, now: float) -> Refund:
        """Enter a refund that `POST /refunds` accepted."""
        references = {name: body.get(name) for name in REFERENCES}
        refund = Refund(
            id=next_id(self._store, "wompi_refunds"),
            transaction_id=body["transaction_id"],
            status=status,
            amount_in_cents=body["amount_in_cents"],
            created_at=now,
            document={
                "v2_refund_id": f"v2_refund_{letters(16)}",
                "reason": body.get("reason"),
                **references,
            },
        )
        self._store.run(
            "INSERT INTO wompi_refunds VALUES (?, ?, ?, ?, ?, ?, ?)",
            refund.id,
            refund.transaction_id,
            references["reference"],
            refund.status,
            refund.amount_in_cents,
            refund.created_at,
            json.dumps(refund.document, ensure_ascii=False),
        )
        return refund

    def refunded(self, transaction_id: str) -> int:
        """How many cents of a transaction went back."""
        row = self._store.one(
            "SELECT coalesce(sum(amount_in_cents), 0) AS cents FROM wompi_refunds"
            " WHERE transaction_id = ? AND status = 'APPROVED'",
            transaction_id,
        )
        return int(str(row["cents"])) if row else 0

    def find(self, refund_id: str) -> Refund | None:
        """By its number, or by its second name."""
        row = self._store.one(
            "SELECT * FROM wompi_refunds WHERE id = ?1"
            " OR json_extract(document, '$.v2_refund_id') = ?1",
            refund_id,
        )
        return _from_row(row) if row else None

    def search(self, *, reference: str | None, transaction_id: str | None) -> list[Refund]:
        """Those of a reference, of a transaction, or all; oldest first."""
        rows = self._store.all(
            "SELECT * FROM wompi_refunds WHERE (?1 IS NULL OR reference = ?1)"
            " AND (?2 IS NULL OR transaction_id = ?2) ORDER BY id",
            reference,
            transaction_id,
        )
        return [_from_row(row) for row in rows]


def _from_row(row: dict[str, object]) -> Refund:
    return Refund(
        id=int(str(row["id"])),
        transaction_id=str(row["transaction_id"]),
        status=RefundStatus(str(row["status"])),
        amount_in_cents=int(str(row["amount_in_cents"])),
        created_at=float(str(row["created_at"])),
        document=json.loads(str(row["document"])),
    )
