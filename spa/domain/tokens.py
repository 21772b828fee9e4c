"""Secrets that open one thing without signing in."""

import hashlib
import secrets

BYTES = 32


def new_token() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token: it is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()
