"""What becomes of a series as a whole is told once, not once for each of its visits (SPA-20)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Min

from core.db import requires_transaction
from core.outbox import publish_all
from finances.steps.payments import expire_payments
from spa.domain.series import SeriesStatus
from spa.events import SeriesEvent, SeriesExpired
from spa.models import Appointment, AppointmentSeries

SERIES_KIND = "spa.series"

E = TypeVar("E", bound=SeriesEvent)


@requires_transaction
def end_unpaid_series(*, series_ids: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """End those of the series that nobody has paid for, close their checkouts, tell each client.

    Returns the ones that are over that way, now or since before: their visits tell nothing. The
    caller holds the visits, and series are locked after visits, in one order.
    """
    if not series_ids:
        return frozenset()
    never_paid = (
        AppointmentSeries.objects.filter(
            pk__in=series_ids, status__in=[SeriesStatus.PENDING, SeriesStatus.EXPIRED]
        )
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    found = list(never_paid)
    ended = [series for series in found if series.status == SeriesStatus.PENDING]
    if ended:
        ids = [series.pk for series in ended]
        AppointmentSeries.objects.filter(pk__in=ids).update(
            status=SeriesStatus.EXPIRED, updated_at=now
        )
        expire_payments(payable_kind=SERIES_KIND, payable_ids=ids, now=now)
        tell_of_all(ended, SeriesExpired)
    return frozenset(series.pk for series in found)


@requires_transaction
def tell_of_all(series: Sequence[AppointmentSeries], event_type: type[SeriesEvent]) -> None:
    """Publish a fact about each series, counting all of its visits. Two statements."""
    counted = (
        Appointment.objects.filter(series__in=series)
        .values("series_id")
        .annotate(visits=Count("pk"), first=Min("starts_at"))
    )
    numbers = {row["series_id"]: row for row in counted}
    publish_all(
        [
            told(one, event_type, visits=numbers[one.pk]["visits"], first=numbers[one.pk]["first"])
            for one in series
        ]
    )


def told(
    series: AppointmentSeries,
    event_type: type[E],
    *,
    visits: int,
    first: datetime,
    **more: Any,
) -> E:
    """The fact about a series, in the words a message needs."""
    return event_type(
        series_id=series.pk,
        client_id=series.client_id,
        visits=visits,
        starts_at=first,
        timezone=series.location.timezone,
        location=series.location.name,
        service=series.title,
        **more,
    )
