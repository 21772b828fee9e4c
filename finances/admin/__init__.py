"""Money in the admin, one module per activity."""

from finances.admin import (
    adjustments,
    cash,
    charges,
    counter,
    credit,
    documents,
    ledger,
    payees,
    payments,
    payouts,
    periods,
    reconciliation,
    refunds,
    rules,
    subscriptions,
    vouchers,
)

__all__ = [
    "adjustments",
    "cash",
    "charges",
    "counter",
    "credit",
    "documents",
    "ledger",
    "payees",
    "payments",
    "payouts",
    "periods",
    "reconciliation",
    "refunds",
    "rules",
    "subscriptions",
    "vouchers",
]
