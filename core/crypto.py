"""Encrypted columns with key rotation, and blind indexes to find them by (CORE-12)."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    # A secret of any length becomes the 32 bytes Fernet wants; the first key encrypts, all decrypt.
    digests = (hashlib.sha256(key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])


def encrypt(plain: str) -> str:
    """`plain` under the newest key, as URL-safe text."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """What `encrypt` was given. Raises `cryptography.fernet.InvalidToken` for anything else."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


def rotate(token: str) -> str:
    """The same text under the newest key."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).rotate(token.encode()).decode()


def blind_index(value: str, *, purpose: str) -> str:
    """A keyed digest to look an encrypted value up by; equal only within one `purpose`."""
    key = settings.BLIND_INDEX_KEY.encode()
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def constant_time_equal(left: str, right: str) -> bool:
    """Whether two secrets are equal, without telling by time where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


class EncryptedTextField(models.TextField[Any, Any]):
    """Text the database only ever sees encrypted; to find it, use a blind index."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value in (None, "") else encrypt(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value in (None, "") else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise TypeError(f"{self.name} is encrypted: filter by its blind index")
