"""Reading visits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet

from spa import errors
from spa.models import Appointment, AppointmentItem

# Nowhere is a local day further from the same day of UTC.
FURTHEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which visits a list is about; `None`, or nothing, asks for all."""

    statuses: Collection[str] = ()
    first_day: date | None = None
    last_day: date | None = None
    staff_id: UUID | None = None
    location_id: UUID | None = None
    is_archived: bool | None = None

    @property
    def condition(self) -> Q:
        """What a visit must be like, its days apart."""
        condition = Q()
        if self.statuses:
            condition &= Q(status__in=self.statuses)
        if self.location_id is not None:
            condition &= Q(location_id=self.location_id)
        if self.staff_id is not None:
            served = AppointmentItem.objects.filter(
                appointment=OuterRef("pk"), staff_id=self.staff_id
            )
            condition &= Q(Exists(served))
        if self.is_archived is not None:
            condition &= Q(archived_at__isnull=not self.is_archived)
        return condition


class LocalDay(Func):
    """The date on the wall of a place (its zone) at an instant."""

    function = "timezone"
    template = "%(function)s(%(expressions)s)::date"
    output_field = DateField()


def list_appointments(
    *, client_id: UUID | None, wanted: Wanted = Wanted(), oldest_first: bool = False
) -> QuerySet[Appointment]:
    """A client's visits, or everybody's for `None`; latest first. Two queries for a page."""
    visits = Appointment.objects.select_related("location").prefetch_related("items")
    found = visits if client_id is None else visits.filter(client_id=client_id)
    found = _on_days(found.filter(wanted.condition), wanted)
    return (
        found.order_by("starts_at", "pk") if oldest_first else found.order_by("-starts_at", "-pk")
    )


def _on_days(visits: QuerySet[Appointment], wanted: Wanted) -> QuerySet[Appointment]:
    """Those that begin on the days, each on the calendar of its own place."""
    if wanted.first_day is None and wanted.last_day is None:
        return visits
    visits = visits.alias(day=LocalDay(F("location__timezone"), F("starts_at")))
    # The bounds on the column itself are what an index can serve.
    if wanted.first_day is not None:
        earliest = _midnight(wanted.first_day) - FURTHEST
        visits = visits.filter(starts_at__gte=earliest, day__gte=wanted.first_day)
    if wanted.last_day is not None:
        latest = _midnight(wanted.last_day) + 2 * FURTHEST
        visits = visits.filter(starts_at__lt=latest, day__lte=wanted.last_day)
    return visits


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def get_appointment(*, appointment_id: UUID, client_id: UUID | None) -> Appointment:
    """One visit; only the client's own unless `client_id` is `None`.

    Raises `AppointmentNotFound`, also for somebody else's: that it exists is private.
    """
    found = list_appointments(client_id=client_id).filter(pk=appointment_id).first()
    if found is None:
        raise errors.AppointmentNotFound
    return found
