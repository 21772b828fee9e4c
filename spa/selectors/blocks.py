"""Reading blocked time and hours."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from spa.models import Block, BlockOccurrence, WeeklyHours


def list_blocks(*, resource_id: UUID | None = None) -> QuerySet[Block]:
    """Blocks that stand, newest first, each with its occurrences. Two queries for a page."""
    found = Block.objects.filter(lifted_at=None).prefetch_related(
        Prefetch("occurrences", BlockOccurrence.objects.order_by("starts_at"))
    )
    if resource_id is not None:
        found = found.filter(resource=resource_id)
    return found.order_by("-starts_at", "-pk")


def list_hours(*, staff_id: UUID) -> list[WeeklyHours]:
    """Somebody's weekly hours, Monday first. One query."""
    return list(WeeklyHours.objects.filter(staff=staff_id).order_by("weekday", "starts", "pk"))
