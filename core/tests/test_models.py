"""What our tables have in common: ids with an order, rows that hide (CORE-07)."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models

from core.ids import uuid7
from core.models import SoftDeleteModel


def test_ids_are_ordered_by_their_birth() -> None:
    ids = [uuid7() for _ in range(10_000)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 10_000
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert all(type(one) is UUID for one in ids[:10])


@pytest.fixture
def shelf(db: None) -> Any:
    """A table whose rows hide, for as long as the test."""

    class Shelf(SoftDeleteModel):
        name = models.CharField(max_length=20)

        class Meta(SoftDeleteModel.Meta):
            app_label = "core"

        def __str__(self) -> str:
            return self.name

    with connection.schema_editor() as editor:
        editor.create_model(Shelf)
    yield Shelf
    with connection.schema_editor() as editor:
        editor.delete_model(Shelf)
    Shelf._meta.apps.all_models["core"].pop("shelf")
    Shelf._meta.apps.clear_cache()


def test_many_rows_are_hidden_by_one_statement_and_shown_by_one(
    shelf: Any, django_assert_num_queries: Any
) -> None:
    for name in "abc":
        shelf.objects.create(name=name)

    with django_assert_num_queries(1):
        assert shelf.objects.exclude(name="c").delete() == (2, {"core.Shelf": 2})

    assert [row.name for row in shelf.objects.all()] == ["c"]
    assert shelf.with_deleted.count() == 3
    with django_assert_num_queries(1):
        assert shelf.with_deleted.filter(name="a").restore() == 1
    assert shelf.objects.count() == 2


def test_one_row_hides_and_comes_back_and_a_second_delete_changes_nothing(shelf: Any) -> None:
    row = shelf.objects.create(name="a")

    row.delete()
    hidden_at = shelf.with_deleted.get().deleted_at
    shelf.objects.all().delete()

    assert not shelf.objects.exists()
    assert shelf.with_deleted.get().deleted_at == hidden_at
    assert shelf.with_deleted.get().restore().deleted_at is None
    assert shelf.objects.get() == row
