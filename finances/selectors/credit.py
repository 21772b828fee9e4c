"""What a client has to his credit, and how it came and went (FIN-05)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.causes import Cause
from finances.models import CreditLot, CreditUse, LedgerEntry


def get_available_credit(*, client_id: UUID, currency: str, now: datetime) -> Decimal:
    """What the client can still spend: not what is reserved, nor what has ended. One query."""
    lots = CreditLot.objects.filter(client_id=client_id, currency=currency, expires_at__gt=now)
    return lots.aggregate(sum=Sum("remaining"))["sum"] or ZERO


@dataclass(frozen=True, slots=True)
class Ending:
    """How much can be spent until when."""

    expires_at: datetime
    amount: Decimal


@dataclass(slots=True)
class CreditBalance:
    """A client's credit in one currency; `ending` says how much of what is available ends when."""

    currency: str
    available: Decimal = ZERO
    reserved: Decimal = ZERO
    ending: list[Ending] = field(default_factory=list)


def list_credit_balances(*, client_id: UUID, now: datetime) -> list[CreditBalance]:
    """By currency, what ends first before the rest. One query."""
    balances: dict[str, CreditBalance] = {}
    lots = (
        CreditLot.objects.filter(
            Q(remaining__gt=0, expires_at__gt=now) | Q(reserved__gt=0), client_id=client_id
        )
        .values("currency", "expires_at")
        .annotate(left=Sum("remaining"), waiting=Sum("reserved"))
        .order_by("currency", "expires_at")
    )
    for lot in lots:
        balance = balances.setdefault(lot["currency"], CreditBalance(lot["currency"]))
        balance.reserved += lot["waiting"]
        if lot["expires_at"] > now and lot["left"]:
            balance.available += lot["left"]
            balance.ending.append(Ending(lot["expires_at"], lot["left"]))
    return list(balances.values())


def list_credit_entries(*, client_id: UUID) -> QuerySet[LedgerEntry]:
    """Each movement of the client's credit, newest first."""
    entries = LedgerEntry.objects.filter(account=Account.CLIENT_CREDIT, party=client_id)
    return entries.select_related("transaction").order_by("-transaction__occurred_at", "-pk")


def present_credit_entries(entries: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    """The API's movements: positive what came, negative what went. Two queries."""
    causes = [_cause_of(entry) for entry in entries]
    ids = {cause_id for _, cause_id in causes}
    lots = CreditLot.objects.filter(cause_id__in=ids)
    reasons = {(lot.cause_kind, lot.cause_id): lot.reason for lot in lots}
    uses = CreditUse.objects.in_bulk(ids)
    return [
        _present(entry, reason=reasons.get(cause, ""), use=uses.get(cause[1]))
        for entry, cause in zip(entries, causes, strict=True)
    ]


def _cause_of(entry: LedgerEntry) -> tuple[str, UUID]:
    movement = entry.transaction
    if movement.attempt_id is not None:
        return Cause.ATTEMPT, movement.attempt_id
    return movement.cause_kind, cast(UUID, movement.cause_id)


def _present(entry: LedgerEntry, *, reason: str, use: CreditUse | None) -> dict[str, Any]:
    return {
        "at": entry.transaction.occurred_at,
        "kind": entry.transaction.kind,
        "amount": -entry.amount,
        "currency": entry.currency,
        "reason": reason,
        "payable_kind": use.payable_kind if use else None,
        "payable_id": use.payable_id if use else None,
    }
