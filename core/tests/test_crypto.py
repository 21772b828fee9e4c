"""Encrypted columns: keys rotate, blind indexes find (CORE-12)."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import (
    EncryptedTextField,
    blind_index,
    constant_time_equal,
    decrypt,
    encrypt,
    rotate,
)

OLD, NEW = "an old key, long enough to be one", "a new key, long enough to be one"


@given(st.text())
def test_what_is_encrypted_can_be_read_again(plain: str) -> None:
    assert decrypt(encrypt(plain)) == plain


def test_the_same_text_never_looks_the_same() -> None:
    assert encrypt("JBSWY3DPEHPK3PXP") != encrypt("JBSWY3DPEHPK3PXP")


def test_a_token_somebody_touched_is_not_read() -> None:
    token = encrypt("secret")

    with pytest.raises(InvalidToken):
        decrypt(token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1])


def test_old_keys_read_and_the_newest_writes(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = encrypt("secret")

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    rotated = rotate(token)

    assert decrypt(token) == "secret"
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(rotated) == "secret"
    with pytest.raises(InvalidToken):
        decrypt(token)


def test_a_blind_index_is_equal_for_equals_of_one_purpose_and_key_only(settings: Any) -> None:
    index = blind_index("900123456-8", purpose="tax id")

    assert index == blind_index("900123456-8", purpose="tax id")
    assert index != blind_index("900123457-8", purpose="tax id")
    assert index != blind_index("900123456-8", purpose="phone")
    settings.BLIND_INDEX_KEY = "another key, of at least thirty-two characters"
    assert index != blind_index("900123456-8", purpose="tax id")


def test_a_purpose_cannot_be_stretched_into_the_value() -> None:
    assert blind_index("bc", purpose="a") != blind_index("c", purpose="ab")


def test_secrets_are_compared_whole() -> None:
    assert constant_time_equal("ñandú", "ñandú")
    assert not constant_time_equal("ñandú", "ñandu")
    assert not constant_time_equal("", "x")


@pytest.fixture
def vault(db: None) -> Any:
    """A table with an encrypted column, for as long as the test."""

    class Vault(models.Model):
        id = models.BigAutoField(primary_key=True)
        secret = EncryptedTextField(blank=True, null=True)

        class Meta:
            app_label = "core"

        def __str__(self) -> str:
            return str(self.pk)

    with connection.schema_editor() as editor:
        editor.create_model(Vault)
    yield Vault
    with connection.schema_editor() as editor:
        editor.delete_model(Vault)
    Vault._meta.apps.all_models["core"].pop("vault")
    Vault._meta.apps.clear_cache()


def stored(vault: Any) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT secret FROM {vault._meta.db_table} ORDER BY id")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def test_the_database_never_sees_the_text(vault: Any) -> None:
    vault.objects.create(secret="dolor lumbar")

    assert vault.objects.get().secret == "dolor lumbar"
    assert "dolor" not in str(stored(vault))


def test_an_encrypted_column_cannot_be_searched_by_mistake(vault: Any) -> None:
    with pytest.raises(TypeError, match="blind index"):
        vault.objects.filter(secret="dolor").exists()

    assert not vault.objects.filter(secret__isnull=True).exists()


def test_every_column_is_brought_under_the_newest_key(vault: Any, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    for secret in ("one", "two", "", None):
        vault.objects.create(secret=secret)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    out = StringIO()

    call_command("reencrypt", stdout=out)

    assert "core.Vault.secret: 2" in out.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    secrets = list(vault.objects.order_by("id").values_list("secret", flat=True))
    assert secrets == ["one", "two", "", None]
