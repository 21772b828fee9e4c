"""Tables of money."""

from finances.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from finances.models.payments import Payment, PaymentAttempt
from finances.models.settings import FinanceSettings

__all__ = [
    "FinanceSettings",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Payment",
    "PaymentAttempt",
]
