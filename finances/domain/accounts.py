"""The chart of accounts: every place in which money can be today (docs/money.md)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Account(StrEnum):
    """Codes of accounts; each is created with the tables."""

    GATEWAY_CLEARING = "gateway_clearing"
    DEPOSITS_HELD = "deposits_held"
    CLIENT_CREDIT = "client_credit"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """How an account is described; a debit is positive, so an asset's normal side is 1."""

    code: Account
    name: str
    kind: str
    normal_side: int


CHART = (
    AccountRow(Account.GATEWAY_CLEARING, "Dinero en la pasarela", "asset", 1),
    AccountRow(Account.DEPOSITS_HELD, "Anticipos recibidos", "liability", -1),
    AccountRow(Account.CLIENT_CREDIT, "Saldo a favor de clientes", "liability", -1),
)


@dataclass(frozen=True, slots=True)
class Side:
    """One entry of a movement: signed, debits positive."""

    account: Account
    amount: Decimal
    currency: str
    party: UUID | None = None


def move(
    *, amount: Decimal, currency: str, debit: Account, credit: Account, party: UUID | None
) -> tuple[Side, Side]:
    """Both sides of one movement; `party` owns the liability side."""
    return (
        Side(debit, amount, currency, _owner(debit, party)),
        Side(credit, -amount, currency, _owner(credit, party)),
    )


def _owner(account: Account, party: UUID | None) -> UUID | None:
    return None if account == Account.GATEWAY_CLEARING else party
