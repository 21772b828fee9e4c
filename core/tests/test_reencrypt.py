"""`manage.py reencrypt`: no encrypted column of any app is left under the old key (CORE-12)."""

from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from core.crypto import EncryptedTextField, decrypt, encrypt
from core.management.commands import reencrypt

OLD, NEW = "an old key, long enough to be one", "a new key, long enough to be one"
COLUMNS = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if isinstance(field, EncryptedTextField)
]
TAKE_AWAY = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', relname, conname)
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
 WHERE relname = %s AND contype IN ('c', 'f', 'u', 'x')
 UNION ALL
SELECT format('ALTER TABLE %%I ALTER %%I DROP NOT NULL', table_name, column_name)
  FROM information_schema.columns
 WHERE table_name = %s AND is_nullable = 'NO' AND NOT column_name = %s AND table_schema = 'public'
"""


def make_lax(model: type[Model]) -> None:
    """Let the table take any row until the test's transaction is rolled back."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(TAKE_AWAY, [table, table, key])
        for (order,) in cursor.fetchall():
            cursor.execute(order)
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')


def fill(model: type[Model], rows: int) -> None:
    """Rows that hold nothing but secrets, each its own."""
    fields = [field for owner, field in COLUMNS if owner is model]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * (len(fields) + 1))
    with connection.cursor() as cursor:
        for number in range(1, rows + 1):
            is_uuid = model._meta.pk.get_internal_type() == "UUIDField"
            values = [encrypt(f"{field.name} {number}") for field in fields]
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ("{model._meta.pk.column}", {columns})'  # noqa: S608
                f" VALUES ({marks})",
                [UUID(int=number) if is_uuid else number, *values],
            )


def stored(model: type[Model], field: Any) -> list[str]:
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{field.column}" FROM "{table}" ORDER BY "{key}"')  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def readable(tokens: list[str]) -> int:
    """How many can be read with the keys of the settings."""

    def is_read(token: str) -> bool:
        try:
            return bool(decrypt(token))
        except InvalidToken:
            return False

    return sum(map(is_read, tokens))


@pytest.fixture
def rows(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many rows of each model that keeps secrets, under the old key, in several batches."""
    monkeypatch.setattr(reencrypt, "BATCH", 2)
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    count = 5
    for model in dict.fromkeys(model for model, _ in COLUMNS):
        make_lax(model)
        fill(model, count)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    return count


def test_every_secret_of_every_app_is_read_with_the_new_key_alone(rows: int, settings: Any) -> None:
    said = StringIO()

    call_command("reencrypt", stdout=said)

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert len(COLUMNS) >= 10
    for model, field in COLUMNS:
        found = list(model._base_manager.order_by("pk").values_list(field.name, flat=True))
        assert found == [f"{field.name} {number}" for number in range(1, rows + 1)]
        assert f"{model._meta.label}.{field.name}: {rows}" in said.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    assert [readable(stored(*column)) for column in COLUMNS] == [0] * len(COLUMNS)


def test_a_run_that_broke_off_is_simply_run_again(
    rows: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is one transaction: what is done stays done, what is not can still be read."""
    done = []

    def break_off(token: str) -> str:
        if len(done) == rows * 4 + 3:
            raise KeyboardInterrupt
        done.append(token)
        return honest(token)

    honest = reencrypt.rotate
    monkeypatch.setattr(reencrypt, "rotate", break_off)
    with pytest.raises(KeyboardInterrupt):
        call_command("reencrypt", stdout=StringIO())
    every = [token for column in COLUMNS for token in stored(*column)]
    assert readable(every) == len(every)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert readable(every) == rows * 4 + 2

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    monkeypatch.setattr(reencrypt, "rotate", honest)
    call_command("reencrypt", stdout=StringIO())

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [readable(stored(*column)) for column in COLUMNS] == [rows] * len(COLUMNS)
