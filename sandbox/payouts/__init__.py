"""Wompi's other product: payments to third parties (wompi.md, section 12)."""
