"""The life of a transaction (section 6)."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """A new one is always PENDING; an approved card payment can still be voided."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"
    ERROR = "ERROR"


EXPLANATIONS = {
    Status.PENDING: None,
    Status.APPROVED: None,
    Status.DECLINED: "La transacción fue rechazada (Sandbox)",
    Status.VOIDED: "La transacción fue anulada (Sandbox)",
    Status.ERROR: "Error en el medio de pago (Sandbox)",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the gateway will do by itself: end it (`None`: a person decides), and add `extra`.

    `message` explains the end; `after_yes` is the end once the person has agreed, where the means
    of payment still has a word.
    """

    status: Status | None
    extra: dict[str, object]
    message: str | None = None
    after_yes: Status = Status.APPROVED
