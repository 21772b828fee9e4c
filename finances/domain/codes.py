"""Codes that people read aloud and type: vouchers."""

import re
from collections.abc import Callable

# Crockford's alphabet: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_ALIKE = str.maketrans("OIL", "011")


def canonical(code: str) -> str:
    """What a code is found by: case, spaces and hyphens do not count, O is 0, I and L are 1."""
    return re.sub(r"[^A-Za-z0-9]", "", code).upper().translate(_ALIKE)


def new_code(choose: Callable[[str], str]) -> str:
    """Ten characters nobody confuses; `choose` picks one of a text at random."""
    return "".join(choose(ALPHABET) for _ in range(LENGTH))
