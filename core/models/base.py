"""What our tables have in common."""

from typing import Any, Self

from django.db import models
from django.utils import timezone

from core.ids import uuid7


class BaseModel(models.Model):
    """A row with a time-ordered public id and two audit times, which never drive rules."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class SoftDeleteQuerySet(models.QuerySet[Any]):
    """Hides rows instead of removing them, always in bulk (CORE-07)."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Hide every row of the set with one statement."""
        hidden = self.update(deleted_at=timezone.now())
        return hidden, {self.model._meta.label: hidden}

    def restore(self) -> int:
        """Show every row of the set again with one statement; returns how many."""
        return self.update(deleted_at=None)


class _Visible(models.Manager.from_queryset(SoftDeleteQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> SoftDeleteQuerySet:
        found: SoftDeleteQuerySet = super().get_queryset().filter(deleted_at=None)
        return found


class SoftDeleteModel(BaseModel):
    """A row that history still points at after it is gone from every list."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The first manager is the default one: related look-ups and admin lists hide what is deleted.
    objects = _Visible()
    with_deleted = models.Manager.from_queryset(SoftDeleteQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "with_deleted"

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Hide this row; foreign keys to it stay valid."""
        self.deleted_at = timezone.now()
        self.save(update_fields=["deleted_at", "updated_at"])
        return 1, {self._meta.label: 1}

    def restore(self) -> Self:
        """Show this row again."""
        self.deleted_at = None
        self.save(update_fields=["deleted_at", "updated_at"])
        return self
