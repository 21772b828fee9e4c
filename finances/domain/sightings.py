"""What was seen of a transaction, and where it contradicts what was asked for (FIN-02, NA-25)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finances.domain.charges import NextStep
from finances.domain.statuses import Status


@dataclass(frozen=True, slots=True)
class GatewayTransaction:
    """A transaction as the gateway itself answers when asked."""

    id: str
    reference: str
    status: Status
    amount: Decimal
    currency: str
    method: str
    finalized_at: datetime | None
    next_step: NextStep | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed event says of a transaction. Nothing of it is believed, all of it compared."""

    at: datetime
    reference: str | None
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """The gateway's answer, and the event that made us ask (the poller asks by itself)."""

    transaction: GatewayTransaction
    claim: Claim | None = None


def contradictions(sighting: Sighting, *, amount: Decimal, currency: str) -> dict[str, list[str]]:
    """Per field what was owed, what the gateway has, what the event says; empty if all agree.

    The event must say amount and currency itself: one that leaves them out is no proof of payment.
    """
    seen, claim = sighting.transaction, sighting.claim
    found: dict[str, list[str]] = {}
    amounts = [amount, seen.amount, *([claim.amount] if claim else [])]
    if len(set(amounts)) > 1:
        found["amount"] = [str(value) for value in amounts]
    currencies = [currency, seen.currency, *([claim.currency] if claim else [])]
    if len(set(currencies)) > 1:
        found["currency"] = [str(value) for value in currencies]
    return found
