"""What the gateway knows a payment by."""

from uuid import UUID

# Crockford's alphabet: no I, L, O, U, so that a reference survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = 26
SEPARATOR = "_"


def reference_of(payment_id: UUID) -> str:
    """`SZ-` and the id's 128 bits in base 32; Wompi takes letters, digits, `-`, `_` (section 4)."""
    bits = payment_id.int
    digits = (ALPHABET[bits >> (5 * place) & 31] for place in reversed(range(DIGITS)))
    return "SZ-" + "".join(digits)


def numbered(reference: str, number: int) -> str:
    """The payment's reference for its nth use: a reference is burnt by its first transaction."""
    return reference if number == 1 else f"{reference}{SEPARATOR}{number}"


def base_of(reference: str) -> str:
    """The payment's own reference in any of its numbered ones."""
    return reference.partition(SEPARATOR)[0]
