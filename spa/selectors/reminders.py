"""Which visits their clients should be reminded of (SPA-18)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from core.db import fetch
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.reminding import Round
from spa.models import Appointment, AppointmentReminder, AppointmentTransition

# A plain statement: every visit that is moved or cancelled asks.
OUTDATED = """
SELECT reminder.id
  FROM spa_appointmentreminder AS reminder
  JOIN spa_appointment AS visit ON visit.id = reminder.appointment_id
 WHERE reminder.appointment_id = %s
   AND NOT (visit.status = 'confirmed' AND reminder.for_start = visit.starts_at)
"""


def list_due(due: Round, *, now: datetime, limit: int) -> list[Appointment]:
    """Certain visits whose reminder is due and was not sent for the start they have now.

    Whoever booked, paid or moved the visit when the reminder was due already has just been told
    about it and gets none. One query, along the index of coming visits.
    """
    after, up_to = due.starts_due(now)
    sent = AppointmentReminder.objects.filter(
        appointment=OuterRef("pk"), kind=due.kind, for_start=OuterRef("starts_at")
    )
    agreed_late = AppointmentTransition.objects.filter(
        appointment=OuterRef("pk"),
        to_status=AppointmentStatus.CONFIRMED,
        at__gt=OuterRef("starts_at") - due.lead,
    )
    found = (
        Appointment.objects.filter(
            ~Exists(sent),
            ~Exists(agreed_late),
            status=AppointmentStatus.CONFIRMED,
            starts_at__gt=after,
            starts_at__lte=up_to,
        )
        .select_related("location")
        .order_by("starts_at", "pk")
    )
    return list(found[:limit])


def list_outdated(*, appointment_id: UUID) -> Collection[UUID]:
    """The reminders of a visit that is no longer certain at the start they speak of. One query."""
    return [reminder_id for (reminder_id,) in fetch(OUTDATED, [appointment_id])]
