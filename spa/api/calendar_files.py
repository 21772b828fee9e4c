"""Visits as calendar files (RFC 5545)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import STATUS, Calendar, Event

from spa.domain.lifecycle import AppointmentStatus
from spa.models import Appointment

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODID = "-//StudioZens//Citas//ES"
HOST = "studiozens"
REFRESH = timedelta(hours=1)
STATUSES = {
    AppointmentStatus.PENDING_PAYMENT: STATUS.TENTATIVE,
    AppointmentStatus.EXPIRED: STATUS.CANCELLED,
    AppointmentStatus.CANCELLED: STATUS.CANCELLED,
}


def render_calendar(visits: Iterable[Appointment], *, name: str, now: datetime) -> bytes:
    """A calendar file of visits that were read with their location; times in UTC. No query.

    An event keeps its UID for ever and counts its changes, so that a calendar that has it already
    moves or strikes it out instead of showing it twice.
    """
    calendar = Calendar.new(
        name=name, prodid=PRODID, uid=f"visits@{HOST}", method="PUBLISH", refresh_interval=REFRESH
    )
    for visit in visits:
        calendar.add_component(_event(visit, now))
    return bytes(calendar.to_ical())


def _event(visit: Appointment, now: datetime) -> Event:
    return Event.new(
        uid=f"visit-{visit.pk}@{HOST}",
        summary=visit.title,
        location=f"{visit.location.name}, {visit.location.address}",
        start=visit.starts_at,
        end=visit.ends_at,
        stamp=now,
        last_modified=visit.updated_at,
        # Grows with every change, whoever makes it.
        sequence=int((visit.updated_at - visit.created_at).total_seconds()),
        status=STATUSES.get(AppointmentStatus(visit.status), STATUS.CONFIRMED),
    )
