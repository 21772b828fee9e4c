"""Money: payments at the gateway, and the double-entry ledger that never loses a peso."""
