"""Business settings: the numbers an owner may change, one row per app (CORE-08)."""

from typing import Any, ClassVar

from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Q
from simple_history.models import HistoricalRecords

SETTINGS_MODELS: dict[str, type["BusinessSettings"]] = {}


class BusinessSettings(models.Model):
    """A single row of rules. Every number has validators, every change its history."""

    # The name of the section in `GET /api/v1/settings`.
    section: ClassVar[str]

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_single_row", condition=Q(id=1))
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "section" in cls.__dict__:
            SETTINGS_MODELS[cls.section] = cls

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def cache_key(cls) -> str:
        """Where a copy of the row may lie."""
        return f"settings:{cls.section}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the rules and forget every cached copy once they are committed."""
        super().save(*args, **kwargs)
        transaction.on_commit(lambda: cache.delete(self.cache_key()), robust=True)
