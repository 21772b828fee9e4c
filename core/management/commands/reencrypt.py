"""`manage.py reencrypt`: bring every encrypted column under the newest key (CORE-12)."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.models import Model

from core.crypto import EncryptedTextField, rotate

BATCH = 500


class Command(BaseCommand):
    """Rewrites each value in small transactions; safe to run again, or while the site is up."""

    help = "Re-encrypt every encrypted field with the first key of FIELD_ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do every column of every model."""
        for model, field in _encrypted_columns():
            changed = _reencrypt(model, field)
            self.stdout.write(f"{model._meta.label}.{field.name}: {changed}")


def _encrypted_columns() -> Iterator[tuple[type[Model], EncryptedTextField]]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field


def _reencrypt(model: type[Model], field: EncryptedTextField) -> int:
    """Rotate the stored tokens themselves: the plain text never leaves the cipher."""
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(str(field.column))
    key = quote(str(model._meta.pk.column))
    select = (
        f"SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {column} <> '' "  # noqa: S608
        f"ORDER BY {key} LIMIT {BATCH} FOR UPDATE"
    )
    last: Any = "00000000-0000-0000-0000-000000000000" if _is_uuid(model) else 0
    changed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(select, [last])
            rows = cursor.fetchall()
            tokens = [(rotate(token), pk) for pk, token in rows]
            cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", tokens)  # noqa: S608
        if not rows:
            return changed
        last, changed = rows[-1][0], changed + len(rows)


def _is_uuid(model: type[Model]) -> bool:
    return model._meta.pk.get_internal_type() == "UUIDField"
