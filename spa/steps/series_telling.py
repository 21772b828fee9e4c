"""What becomes of a series as a whole is told once, not once for each of its visits (SPA-20)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Min

from core.db import requires_transaction
from core.money import ZERO
from core.outbox import publish_all
from finances.steps.payments import expire_payments
from spa.domain.lifecycle import AHEAD
from spa.domain.series import SeriesStatus
from spa.events import SeriesCancelled, SeriesEvent, SeriesExpired
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
def end_cancelled_series(
    cancelled: Sequence[tuple[Appointment, Decimal]], *, now: datetime
) -> frozenset[UUID]:
    """Close series that have nothing ahead any more, now that these visits are cancelled.

    Beside each visit is the credit that came back for it. Several visits of one series are told of
    once: returns the series that do so, their visits tell nothing.
    """
    by_series: dict[UUID, list[tuple[Appointment, Decimal]]] = defaultdict(list)
    for visit, credit in cancelled:
        if visit.series_id:
            by_series[visit.series_id].append((visit, credit))
    if not by_series:
        return frozenset()
    touched = (
        AppointmentSeries.objects.filter(pk__in=by_series)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    found = list(touched)
    _close(found, now=now)
    several = [series for series in found if len(by_series[series.pk]) > 1]
    publish_all([_cancelled(series, by_series[series.pk]) for series in several])
    return frozenset(series.pk for series in several)


def _close(found: Sequence[AppointmentSeries], *, now: datetime) -> None:
    ahead = Appointment.objects.filter(series__in=found, status__in=AHEAD, starts_at__gt=now)
    going_on = set(ahead.values_list("series_id", flat=True).distinct())
    over = [series.pk for series in found if series.pk not in going_on]
    AppointmentSeries.objects.filter(pk__in=over).update(
        status=SeriesStatus.CANCELLED, cancelled_at=now, updated_at=now
    )
    expire_payments(payable_kind=SERIES_KIND, payable_ids=over, now=now)


def _cancelled(
    series: AppointmentSeries, visits: Sequence[tuple[Appointment, Decimal]]
) -> SeriesCancelled:
    return told(
        series,
        SeriesCancelled,
        visits=len(visits),
        first=min(visit.starts_at for visit, _credit in visits),
        credit=sum((credit for _visit, credit in visits), ZERO),
        currency=visits[0][0].currency,
    )


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
