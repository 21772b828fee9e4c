"""Old visits stay out of the desk's way until somebody asks for them (SPA-19)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from spa.models import Appointment


class ArchiveFilter(admin.SimpleListFilter):
    """Without a choice: what is not archived."""

    title = "archivo"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be chosen."""
        return [("yes", "Archivadas"), ("all", "Todas")]

    def choices(self, changelist: Any) -> Any:
        """The same, and what the first line means."""
        usual, *others = super().choices(changelist)
        yield {**usual, "display": "Recientes"}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """The chosen ones."""
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")
