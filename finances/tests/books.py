"""The ledger as a test reads it."""

from decimal import Decimal

from finances.models import LedgerEntry


def books() -> dict[str, Decimal]:
    """What each account holds, debits positive."""
    found: dict[str, Decimal] = {}
    for account, amount in LedgerEntry.objects.values_list("account_id", "amount"):
        found[account] = found.get(account, Decimal(0)) + amount
    return found
