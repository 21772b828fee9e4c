"""Series under lock, with all of their visits (SPA-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from core.db import requires_transaction
from spa import errors
from spa.domain.lifecycle import AHEAD
from spa.domain.series import Scope, SeriesStatus
from spa.models import Appointment, AppointmentSeries
from users.steps.locks import lock_person


@dataclass(frozen=True, slots=True)
class Held:
    """A series, and all of its visits under lock in the order of their days."""

    series: AppointmentSeries
    visits: Sequence[Appointment]

    def choose(self, scope: Scope, *, named: date | None, now: datetime) -> list[Appointment]:
        """The visits a change is about: the named one, or those still ahead.

        Raises `OccurrenceNotFound` when the named day is none of the series', `SeriesOver` when
        nothing of it is ahead.
        """
        days = {visit.occurrence for visit in self.visits}
        if scope is not Scope.ALL and named not in days:
            raise errors.OccurrenceNotFound
        meant = [v for v in self.visits if v.occurrence and scope.covers(v.occurrence, named=named)]
        if scope is Scope.ONE:
            return meant
        ahead = [visit for visit in meant if is_ahead(visit, now)]
        if not ahead:
            raise errors.SeriesOver
        return ahead


def is_ahead(visit: Appointment, now: datetime) -> bool:
    """Whether the visit is still to come and may be changed."""
    return visit.status in AHEAD and visit.starts_at > now


@requires_transaction
def lock_series(*, series_id: UUID, client_id: UUID | None, now: datetime) -> Held:
    """A series with its visits as they are now; only the client's own unless `client_id` is `None`.

    The person first, then all they have ahead with the series' visits in one order, as for a single
    visit (`lock_visit`). Raises `SeriesNotFound`, also for somebody else's.
    """
    mine = Q() if client_id is None else Q(client_id=client_id)
    found = AppointmentSeries.objects.filter(mine, pk=series_id).values_list("client_id", flat=True)
    owner_id = found.first()
    if owner_id is None:
        raise errors.SeriesNotFound
    lock_person(person_id=owner_id)
    ahead = Q(client_id=owner_id, status__in=AHEAD, starts_at__gt=now)
    locked = (
        Appointment.objects.filter(Q(series_id=series_id) | ahead)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    visits = [visit for visit in locked if visit.series_id == series_id]
    series = AppointmentSeries.objects.select_related("location").get(pk=series_id)
    return Held(series, sorted(visits, key=lambda visit: (visit.occurrence, visit.pk)))


def refuse_unpaid_series(visit: Appointment) -> None:
    """Raise `SeriesUnpaid` while the visit's series waits for what makes all of it certain."""
    if visit.series_id is None:
        return
    series = AppointmentSeries.objects.filter(pk=visit.series_id, status=SeriesStatus.PENDING)
    if series.exists():
        raise errors.SeriesUnpaid
