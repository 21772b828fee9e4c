"""Tables of money."""

from finances.models.adjustments import Adjustment
from finances.models.counter import CounterPayment
from finances.models.credit import CreditLot, CreditUse
from finances.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from finances.models.payments import Payment, PaymentAttempt
from finances.models.settings import FinanceSettings
from finances.models.vouchers import Voucher, VoucherUse

__all__ = [
    "Adjustment",
    "CounterPayment",
    "CreditLot",
    "CreditUse",
    "FinanceSettings",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Payment",
    "PaymentAttempt",
    "Voucher",
    "VoucherUse",
]
