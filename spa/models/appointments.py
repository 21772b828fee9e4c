"""Visits."""

from decimal import Decimal
from functools import cached_property

from django.db import models
from django.db.models import F, Func, Q

from core.crypto import EncryptedTextField
from core.models import BaseModel, Location
from core.money import ZERO
from spa.domain.lifecycle import OVER, OWING, AppointmentStatus
from spa.models.catalogue import AddOn, Service
from spa.models.resources import Resource
from spa.models.series import AppointmentSeries
from spa.models.staff import StaffMember

STATUSES = [
    (AppointmentStatus.PENDING_PAYMENT.value, "Pendiente de pago"),
    (AppointmentStatus.CONFIRMED.value, "Confirmada"),
    (AppointmentStatus.CHECKED_IN.value, "En el estudio"),
    (AppointmentStatus.COMPLETED.value, "Completada"),
    (AppointmentStatus.CANCELLED.value, "Cancelada"),
    (AppointmentStatus.NO_SHOW.value, "No asistió"),
    (AppointmentStatus.EXPIRED.value, "Vencida"),
]


class Channel(models.TextChoices):
    """Who made the booking, and how."""

    CLIENT = "client", "Cliente"
    STAFF = "staff", "Personal"
    WAITLIST = "waitlist", "Lista de espera"
    SERIES = "series", "Serie"


class Appointment(BaseModel):
    """One client's visit for the half-open interval `[starts_at, ends_at)`, buffers not included.

    What was agreed (prices, deposit, policy) is frozen here; what is taken is on the ledger.
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
        verbose_name="personal",
        db_index=False,
    )
    # Room for five services with the longest names.
    title = models.CharField("servicios", max_length=640)
    status = models.CharField("estado", max_length=16, choices=STATUSES)
    starts_at = models.DateTimeField("empieza")
    ends_at = models.DateTimeField("termina")
    currency = models.CharField("moneda", max_length=3)
    total = models.DecimalField("total", max_digits=12, decimal_places=2)
    deposit = models.DecimalField("anticipo", max_digits=12, decimal_places=2)
    paid = models.DecimalField("pagado", max_digits=12, decimal_places=2, default=ZERO)
    policy = models.JSONField("política pactada")
    # The time it takes of whom, buffers included: what a late payment must win back.
    claims = models.JSONField("tiempo que toma", default=list, editable=False)
    hold_expires_at = models.DateTimeField("vence", null=True, blank=True)
    booked_at = models.DateTimeField("reservada")
    channel = models.CharField(
        "canal", max_length=8, choices=Channel, default=Channel.CLIENT, editable=False
    )
    series = models.ForeignKey(
        AppointmentSeries,
        models.PROTECT,
        related_name="visits",
        null=True,
        blank=True,
        db_index=False,
        verbose_name="serie",
    )
    # The day the series' rule gave it: its name within the series, also after it has moved.
    occurrence = models.DateField("día según la serie", null=True, blank=True, editable=False)
    deposit_asked_at = models.DateTimeField(
        "anticipo pedido", null=True, blank=True, editable=False
    )
    booked_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, verbose_name="reservada por"
    )
    discount = models.DecimalField("descuento", max_digits=12, decimal_places=2, default=ZERO)
    credit_used = models.DecimalField("saldo usado", max_digits=12, decimal_places=2, default=ZERO)
    # What the client shows at the desk, as text or QR; says nothing about anybody.
    # PostgreSQL counts and scrambles (migration 0008): no two visits ever draw the same.
    check_in_code = models.CharField(
        "código de llegada",
        max_length=8,
        blank=True,
        editable=False,
        db_default=Func(function="spa_next_check_in_code"),
    )
    checked_in_at = models.DateTimeField("llegó", null=True, blank=True)
    completed_at = models.DateTimeField("completada", null=True, blank=True)
    cancelled_at = models.DateTimeField("cancelada", null=True, blank=True)
    reschedules = models.PositiveSmallIntegerField("reprogramaciones", default=0)
    archived_at = models.DateTimeField("archivada", null=True, blank=True, editable=False)
    # What people write here is often about their health: only ever stored encrypted (CORE-12).
    notes = EncryptedTextField("notas", blank=True)

    class Meta:
        verbose_name = "cita"
        verbose_name_plural = "citas"
        constraints = [
            models.CheckConstraint(
                name="spa_appointment_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="spa_appointment_paid_within_total",
                condition=Q(paid__gte=0, paid__lte=F("total")),
            ),
            models.CheckConstraint(
                name="spa_appointment_deposit_within_total",
                condition=Q(deposit__gte=0, deposit__lte=F("total")),
            ),
            models.CheckConstraint(
                name="spa_appointment_pending_has_an_end",
                condition=~Q(status="pending_payment") | Q(hold_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="spa_appointment_credit_within_paid",
                condition=Q(credit_used__gte=0, credit_used__lte=F("paid")),
            ),
            models.CheckConstraint(
                name="spa_appointment_discount_not_negative", condition=Q(discount__gte=0)
            ),
            models.CheckConstraint(
                name="spa_appointment_cancelled_says_when",
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="spa_appointment_completed_says_when",
                condition=~Q(status="completed") | Q(completed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="spa_appointment_archived_is_over",
                condition=Q(archived_at=None)
                | Q(status__in=[status.value for status in sorted(OVER)]),
            ),
            models.UniqueConstraint(
                name="spa_appointment_code_once",
                fields=["check_in_code"],
                condition=Q(status__in=["pending_payment", "confirmed", "checked_in"])
                & ~Q(check_in_code=""),
            ),
            models.UniqueConstraint(
                name="spa_appointment_series_day_once", fields=["series", "occurrence"]
            ),
            models.CheckConstraint(
                name="spa_appointment_series_has_days",
                condition=Q(series__isnull=True, occurrence__isnull=True)
                | Q(series__isnull=False, occurrence__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-starts_at"], name="spa_appointment_of_client"),
            models.Index(
                fields=["hold_expires_at"],
                name="spa_appointment_open_holds",
                condition=Q(status="pending_payment"),
            ),
            models.Index(fields=["location", "starts_at"], name="spa_appointment_agenda"),
            models.Index(fields=["staff", "starts_at"], name="spa_appointment_of_staff"),
            # The coming visits among a million past ones: who is reminded, who never came.
            models.Index(
                fields=["starts_at"],
                name="spa_appointment_certain",
                condition=Q(status="confirmed"),
            ),
            models.Index(
                fields=["client"],
                name="spa_appointment_debts",
                condition=Q(status="completed", total__gt=F("paid")),
            ),
            models.Index(
                fields=["-starts_at", "-id"],
                name="spa_appointment_latest",
                condition=Q(archived_at=None),
            ),
            models.Index(
                fields=["ends_at"],
                name="spa_appointment_to_archive",
                condition=Q(archived_at=None, status__in=[status.value for status in sorted(OVER)]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.get_status_display()}"

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid (SPA-09): nothing for a visit that does not happen."""
        return self.total - self.paid if self.status in OWING else ZERO

    @cached_property
    def lines(self) -> list["AppointmentItem"]:
        """What is done, one person's after the other's, each in order. Read once."""
        return sorted(self.items.all(), key=lambda item: (item.chain, item.position))


class AppointmentItem(BaseModel):
    """One service of a visit, or an addition to one, at the price agreed; with whom and where.

    `chain` tells the people of a visit apart: 0 is the client, the others came along.
    """

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="items")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+")
    add_on = models.ForeignKey(AddOn, models.PROTECT, related_name="+", null=True)
    chain = models.PositiveSmallIntegerField("persona", default=0)
    position = models.PositiveSmallIntegerField()
    staff = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", null=True, db_index=False
    )
    price = models.DecimalField(max_digits=12, decimal_places=2)
    # The voucher's share of this line; `price` is before it, and zero for a package's session.
    discount = models.DecimalField(max_digits=12, decimal_places=2, default=ZERO)
    package_use = models.ForeignKey(
        "spa.PackageUse", models.PROTECT, related_name="+", null=True, blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.ForeignKey(Resource, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = "servicio de la cita"
        verbose_name_plural = "servicios de la cita"
        constraints = [
            models.UniqueConstraint(
                name="spa_appointmentitem_in_order", fields=["appointment", "chain", "position"]
            ),
            models.CheckConstraint(
                name="spa_appointmentitem_discount_within_price",
                condition=Q(discount__gte=0, discount__lte=F("price")),
            ),
        ]
        # Whose turn it is: the newest line of each person.
        indexes = [models.Index(fields=["staff", "-id"], name="spa_appointmentitem_newest")]

    def __str__(self) -> str:
        return f"{self.position}. {self.service_id}"


class AppointmentTransition(models.Model):
    """One step of a visit's life, for ever."""

    id = models.BigAutoField(primary_key=True)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="transitions")
    from_status = models.CharField("de", max_length=16, blank=True)
    to_status = models.CharField("a", max_length=16)
    at = models.DateTimeField("cuándo")
    actor_id = models.UUIDField("quién", null=True, blank=True)
    reason = models.CharField("motivo", max_length=200, blank=True)

    class Meta:
        verbose_name = "cambio de estado"
        verbose_name_plural = "cambios de estado"

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
