"""Lists of the day's work begin with what still comes, soonest first (SPA-19, SPA-22)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

PARAMETER = "when"


class WhenFilter(admin.SimpleListFilter):
    """Without a choice: from today on."""

    title = "cuándo"
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be chosen."""
        return [("today", "Hoy"), ("past", "Pasadas"), ("all", "Todas")]

    def choices(self, changelist: Any) -> Any:
        """The same, and what the first line means."""
        usual, *others = super().choices(changelist)
        yield {**usual, "display": "Desde hoy"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones, days being those of the studio's clock."""
        midnight = _midnight()
        match self.value():
            case "today":
                tomorrow = midnight + timedelta(days=1)
                return queryset.filter(starts_at__gte=midnight, starts_at__lt=tomorrow)
            case "past":
                return queryset.filter(starts_at__lt=midnight)
            case "all":
                return queryset
            case _:
                return queryset.filter(starts_at__gte=midnight)


class VisitWhenFilter(WhenFilter):
    """Old visits stay out of the desk's way until somebody asks for them."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Archived ones too."""
        return [*super().lookups(request, model_admin), ("archived", "Archivadas")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Nothing archived but by name, or among all."""
        if self.value() == "archived":
            return queryset.filter(archived_at__isnull=False)
        found = super().queryset(request, queryset)
        return found if self.value() == "all" else found.filter(archived_at=None)


def order_by_start(request: HttpRequest) -> list[str]:
    """Soonest first; latest first among what is over."""
    is_over = request.GET.get(PARAMETER) in {"past", "all", "archived"}
    return ["-starts_at", "-pk"] if is_over else ["starts_at", "pk"]


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
