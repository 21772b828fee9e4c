"""Instances out of plain statements, for where building a query costs more than running it."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class Columns(Generic[M]):
    """A model's columns in the SELECT list of a plain statement, and the instances its rows hold.

    `sql` names them with the table's `alias`; `read` takes the values back in the same order.
    """

    def __init__(self, model: type[M], alias: str) -> None:
        fields = model._meta.concrete_fields
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self._model = model
        self._names = [field.attname for field in fields]
        self._converted = [
            (place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")
        ]

    def __len__(self) -> int:
        return len(self._names)

    def read(self, values: Sequence[Any]) -> M:
        """The instance in one row's values, as the ORM would have read it."""
        found = list(values)
        for place, field in self._converted:
            found[place] = field.from_db_value(found[place], None, connection)
        return self._model.from_db(connection.alias, self._names, found)
