"""Money in the admin, one module per activity."""

from finances.admin import counter, credit, ledger, payments, rules, vouchers

__all__ = ["counter", "credit", "ledger", "payments", "rules", "vouchers"]
