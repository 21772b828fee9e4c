"""Visits that repeat."""

from django.db import models
from django.db.models import Q

from core.crypto import EncryptedTextField
from core.models import BaseModel, Location
from spa.domain.series import SeriesPayment, SeriesStatus
from spa.models.staff import StaffMember

STATUSES = [
    (SeriesStatus.PENDING.value, "Pendiente de pago"),
    (SeriesStatus.ACTIVE.value, "Vigente"),
    (SeriesStatus.EXPIRED.value, "Vencida"),
    (SeriesStatus.CANCELLED.value, "Cancelada"),
]
PAYMENTS = [
    (SeriesPayment.EACH.value, "Cita por cita"),
    (SeriesPayment.ADVANCE.value, "Por adelantado"),
]


class AppointmentSeries(BaseModel):
    """What was asked for when a series was booked (SPA-20); its visits say what is agreed now.

    `rule` is an RFC 5545 recurrence on the wall clock of the place: `wall_time` on `starts_on` and
    on each day the rule makes of it.
    """

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    staff = models.ForeignKey(
        StaffMember,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="con quién se pidió",
    )
    title = models.CharField("servicios", max_length=640)
    rule = models.CharField("repetición (RFC 5545)", max_length=200)
    starts_on = models.DateField("desde")
    wall_time = models.TimeField("hora")
    payment = models.CharField("anticipos", max_length=8, choices=PAYMENTS)
    status = models.CharField("estado", max_length=10, choices=STATUSES)
    booked_at = models.DateTimeField("reservada")
    booked_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, verbose_name="reservada por"
    )
    opened_at = models.DateTimeField("en firme desde", null=True, blank=True)
    cancelled_at = models.DateTimeField("cancelada", null=True, blank=True)
    # What people write here is often about their health: only ever stored encrypted (CORE-12).
    notes = EncryptedTextField("notas", blank=True)

    class Meta:
        verbose_name = "serie de citas"
        verbose_name_plural = "series de citas"
        constraints = [
            models.CheckConstraint(
                name="spa_appointmentseries_status_known",
                condition=Q(status__in=[status.value for status in SeriesStatus]),
            ),
            models.CheckConstraint(
                name="spa_appointmentseries_payment_known",
                condition=Q(payment__in=[payment.value for payment in SeriesPayment]),
            ),
            models.CheckConstraint(
                name="spa_appointmentseries_active_says_since_when",
                condition=~Q(status="active") | Q(opened_at__isnull=False),
            ),
            models.CheckConstraint(
                name="spa_appointmentseries_cancelled_says_when",
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-booked_at"], name="spa_appointmentseries_client"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m-%d} {self.wall_time:%H:%M} {self.rule}"
