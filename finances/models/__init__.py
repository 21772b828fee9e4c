"""Tables of money."""

from finances.models.adjustments import Adjustment
from finances.models.cash import CashMovement, CashShift
from finances.models.charges import Charge
from finances.models.commissions import Commission
from finances.models.counter import CounterPayment, CounterTip
from finances.models.credit import CreditLot, CreditUse
from finances.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from finances.models.payees import Payee, PayoutBank
from finances.models.payments import Payment, PaymentAttempt
from finances.models.payouts import Payout, PayoutLine
from finances.models.periods import ClosedMonth, LedgerMark, MarkedBalance
from finances.models.reconciliation import Difference, Reconciliation
from finances.models.refunds import CounterRefunded, Refund, RefundNote
from finances.models.reports import KeptReport
from finances.models.sales import DocumentSeries, SalesDocument, SalesLine
from finances.models.settings import FinanceSettings
from finances.models.sources import PaymentSource
from finances.models.subscriptions import (
    PlanChange,
    Subscription,
    SubscriptionLogEntry,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.models.vouchers import Voucher, VoucherUse

__all__ = [
    "Adjustment",
    "CashMovement",
    "CashShift",
    "Charge",
    "ClosedMonth",
    "Commission",
    "CounterPayment",
    "CounterRefunded",
    "CounterTip",
    "CreditLot",
    "CreditUse",
    "Difference",
    "DocumentSeries",
    "FinanceSettings",
    "KeptReport",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerMark",
    "LedgerTransaction",
    "MarkedBalance",
    "Payee",
    "Payment",
    "PaymentAttempt",
    "PaymentSource",
    "Payout",
    "PayoutBank",
    "PayoutLine",
    "PlanChange",
    "Reconciliation",
    "Refund",
    "RefundNote",
    "SalesDocument",
    "SalesLine",
    "Subscription",
    "SubscriptionLogEntry",
    "SubscriptionPeriod",
    "SubscriptionPlan",
    "Voucher",
    "VoucherUse",
]
