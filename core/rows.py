"""Instances out of plain statements, for where building a query costs more than running it."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class Columns(Generic[M]):
    """A model's columns in the SELECT list of a plain statement, and the instances its rows hold.

    `sql` names them with the table's `alias`; `read` takes the values back in the same order.
    `related` are the columns of rows it points at, by the name of the foreign key.
    """

    def __init__(self, model: type[M], alias: str, **related: "Columns[Any]") -> None:
        fields = model._meta.concrete_fields
        own = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.sql: str = ", ".join([own, *(columns.sql for columns in related.values())])
        self._model = model
        self._related = related
        self._names = [field.attname for field in fields]
        self._converted = [
            (place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")
        ]

    def __len__(self) -> int:
        return len(self._names) + sum(map(len, self._related.values()))

    def read(self, values: Sequence[Any]) -> M:
        """The instance in one row's values, as the ORM would have read it."""
        begin = len(self._names)
        found = list(values[:begin])
        for place, field in self._converted:
            found[place] = field.from_db_value(found[place], None, connection)
        instance = self._model.from_db(connection.alias, self._names, found)
        for name, columns in self._related.items():
            setattr(instance, name, columns.read(values[begin : begin + len(columns)]))
            begin += len(columns)
        return instance
