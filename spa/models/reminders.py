"""Which reminders were sent for which start (SPA-18)."""

from django.db import models

from core.models import BaseModel
from spa.domain.reminding import ReminderKind
from spa.models.appointments import Appointment

ONCE = "spa_appointmentreminder_once"
KINDS = [(ReminderKind.FIRST.value, "Primero"), (ReminderKind.SECOND.value, "Segundo")]


class AppointmentReminder(BaseModel):
    """One reminder of a visit at one start: a visit that moves is reminded of its new one.

    Its id names the message that tells it, so that the message can be withdrawn.
    """

    # Looked for by the constraint's own index, which begins with it.
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="reminders", db_index=False
    )
    kind = models.CharField("cuál", max_length=6, choices=KINDS)
    for_start = models.DateTimeField("para la cita que empieza")
    sent_at = models.DateTimeField("cuándo")

    class Meta:
        verbose_name = "recordatorio"
        verbose_name_plural = "recordatorios"
        constraints = [
            models.UniqueConstraint(name=ONCE, fields=["appointment", "kind", "for_start"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.for_start:%Y-%m-%d %H:%M}"
