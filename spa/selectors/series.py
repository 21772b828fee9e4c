"""Reading series of visits."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from spa import errors
from spa.domain.lifecycle import AHEAD
from spa.models import Appointment, AppointmentSeries
from spa.selectors.appointments import list_appointments


@dataclass(slots=True)
class Standing:
    """How many visits of a series are in each status, and when the next one begins."""

    statuses: dict[str, int] = field(default_factory=dict)
    next_start: datetime | None = None


def list_series(*, client_id: UUID | None) -> QuerySet[AppointmentSeries]:
    """A client's series, or everybody's for `None`; latest first. One query for a page."""
    found = AppointmentSeries.objects.select_related("location")
    mine = found if client_id is None else found.filter(client_id=client_id)
    return mine.order_by("-booked_at", "-pk")


def get_series(*, series_id: UUID, client_id: UUID | None) -> AppointmentSeries:
    """One series; only the client's own unless `client_id` is `None`. One query.

    Raises `SeriesNotFound`, also for somebody else's: that it exists is private.
    """
    found = list_series(client_id=client_id).filter(pk=series_id).first()
    if found is None:
        raise errors.SeriesNotFound
    return found


def count_visits(*, series_ids: Collection[UUID], now: datetime) -> dict[UUID, Standing]:
    """Where the visits of some series stand. One query, whatever the number."""
    rows = (
        Appointment.objects.filter(series_id__in=series_ids)
        .values("series_id", "status")
        .annotate(visits=Count("pk"), next=Min("starts_at", filter=Q(starts_at__gt=now)))
        .order_by("series_id", "status")
    )
    found: dict[UUID, Standing] = defaultdict(Standing)
    for row in rows:
        standing = found[row["series_id"]]
        standing.statuses[row["status"]] = row["visits"]
        if row["status"] in AHEAD and row["next"]:
            standing.next_start = min(standing.next_start or row["next"], row["next"])
    return found


def list_visits_of(series: AppointmentSeries) -> list[Appointment]:
    """All visits of one series in the order of its days. Two queries."""
    visits = list_appointments(client_id=series.client_id).filter(series=series)
    return list(visits.order_by("occurrence", "pk"))
