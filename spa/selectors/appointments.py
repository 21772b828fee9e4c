"""Reading visits."""

from uuid import UUID

from django.db.models import QuerySet

from spa import errors
from spa.models import Appointment


def list_appointments(*, client_id: UUID | None) -> QuerySet[Appointment]:
    """A client's visits, or everybody's for `None`; latest first. Two queries for a page."""
    visits = Appointment.objects.select_related("location").prefetch_related("items")
    found = visits if client_id is None else visits.filter(client_id=client_id)
    return found.order_by("-starts_at", "-pk")


def get_appointment(*, appointment_id: UUID, client_id: UUID | None) -> Appointment:
    """One visit; only the client's own unless `client_id` is `None`.

    Raises `AppointmentNotFound`, also for somebody else's: that it exists is private.
    """
    found = list_appointments(client_id=client_id).filter(pk=appointment_id).first()
    if found is None:
        raise errors.AppointmentNotFound
    return found
