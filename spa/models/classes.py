"""Group classes: what is taught, when, each class on its date, and who comes (SPA-21)."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location, Weekday
from core.money import ZERO
from core.validators import validate_price
from finances.domain.taxes import TAX_CATEGORIES
from spa.domain.classes import HELD, HOLDING, OPEN, OWING, EnrolmentStatus, SessionStatus
from spa.models.catalogue import Skill
from spa.models.packages import PackageUse
from spa.models.resources import Resource, ResourceKind
from spa.models.staff import StaffMember

SESSION_STATUSES = [
    (SessionStatus.SCHEDULED.value, "Programada"),
    (SessionStatus.CANCELLED.value, "Cancelada"),
    (SessionStatus.DONE.value, "Dictada"),
]
ENROLMENT_STATUSES = [
    (EnrolmentStatus.WAITING.value, "En lista de espera"),
    (EnrolmentStatus.OFFERED.value, "Cupo ofrecido"),
    (EnrolmentStatus.PENDING_PAYMENT.value, "Pendiente de pago"),
    (EnrolmentStatus.ENROLLED.value, "Inscrito"),
    (EnrolmentStatus.ATTENDED.value, "Asistió"),
    (EnrolmentStatus.ABSENT.value, "No asistió"),
    (EnrolmentStatus.LEFT.value, "Se retiró"),
    (EnrolmentStatus.EXPIRED.value, "Vencida"),
    (EnrolmentStatus.CANCELLED.value, "Cancelada por el estudio"),
]
CAPACITY = [MinValueValidator(1), MaxValueValidator(500)]
# As plain words: migrations must not depend on an enumeration that may change.
HELD_VALUES = sorted(status.value for status in HELD)
OPEN_VALUES = sorted(status.value for status in OPEN)


class ClassType(BaseModel):
    """Something that is taught to a group: minutes, price, seats and what it needs."""

    name = models.CharField("nombre", max_length=120)
    description = models.TextField("descripción", blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        "duración (minutos)", validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="COP")
    commission_percent = models.DecimalField(
        "comisión de quien la dicta (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    tax_category = models.CharField(
        "impuesto",
        max_length=12,
        choices=TAX_CATEGORIES,
        blank=True,
        help_text="Incluido en el precio. Vacío: el de las reglas de dinero",
    )
    capacity = models.PositiveSmallIntegerField("cupos", validators=CAPACITY)
    required_skill = models.ForeignKey(
        Skill, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="habilidad"
    )
    room_kind = models.CharField(
        "necesita espacio",
        max_length=12,
        blank=True,
        choices=[choice for choice in ResourceKind.choices if choice[0] != "STAFF"],
    )
    cancellation_hours = models.PositiveSmallIntegerField(
        "se deja sin costo hasta (horas antes)",
        null=True,
        blank=True,
        help_text="Vacío: el de las reglas de reserva",
        validators=[MaxValueValidator(720)],
    )
    is_active = models.BooleanField("se ofrece", default=True)

    class Meta:
        verbose_name = "tipo de clase"
        verbose_name_plural = "tipos de clase"
        constraints = [
            models.CheckConstraint(
                name="spa_classtype_price_not_negative", condition=Q(price__gte=0)
            ),
            models.CheckConstraint(
                name="spa_classtype_lasts", condition=Q(duration_minutes__range=(5, 720))
            ),
            models.CheckConstraint(name="spa_classtype_has_seats", condition=Q(capacity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Explain kindly what could not be charged."""
        validate_price(self.price, self.currency)


class ClassSchedule(BaseModel):
    """A class is given every week on some weekdays at a wall time of its location (NA-17)."""

    class_type = models.ForeignKey(
        ClassType, models.PROTECT, related_name="+", verbose_name="tipo de clase"
    )
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday), verbose_name="días")
    starts = models.TimeField("hora")
    instructor = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name="instructor"
    )
    room = models.ForeignKey(
        Resource, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="espacio"
    )
    capacity = models.PositiveSmallIntegerField(
        "cupos", null=True, blank=True, help_text="Vacío: los del tipo", validators=CAPACITY
    )
    valid_from = models.DateField("desde el")
    valid_until = models.DateField("hasta el", null=True, blank=True)
    is_active = models.BooleanField("activa", default=True)

    class Meta:
        verbose_name = "programación de clases"
        verbose_name_plural = "programación de clases"
        constraints = [
            models.CheckConstraint(
                name="spa_classschedule_weekdays_exist",
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7], weekdays__len__gte=1),
            ),
            models.CheckConstraint(
                name="spa_classschedule_ends_after_it_begins",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="spa_classschedule_has_seats",
                condition=Q(capacity=None) | Q(capacity__gte=1),
            ),
        ]

    def clean(self) -> None:
        """Explain kindly what would only become conflicts."""
        if None in (self.class_type_id, self.valid_from):
            return  # the form says already that they are missing
        if self.room is None:
            if self.class_type.room_kind:
                raise ValidationError({"room": "Esta clase necesita un espacio."})
        elif self.room.location_id != self.location_id:
            raise ValidationError({"room": "Ese espacio es de otra sede."})
        elif self.class_type.room_kind not in {"", self.room.kind}:
            raise ValidationError({"room": "Ese espacio no es del tipo que necesita la clase."})
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": "No puede terminar antes de empezar."})

    def __str__(self) -> str:
        days = ", ".join(str(Weekday(day).label) for day in sorted(self.weekdays))
        return f"{days} {self.starts:%H:%M}"


class ClassSession(BaseModel):
    """One class on one local date. Its instructor and its room are taken on the ledger.

    `seats_taken` counts the enrolments that hold a seat; only a conditional UPDATE adds to it, so
    that parallel requests cannot pass the capacity.
    """

    class_type = models.ForeignKey(
        ClassType, models.PROTECT, related_name="+", verbose_name="tipo de clase"
    )
    schedule = models.ForeignKey(
        ClassSchedule, models.PROTECT, related_name="+", verbose_name="programación"
    )
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    # The date on the wall of its location: what people mean by "on Monday".
    date = models.DateField("fecha")
    starts_at = models.DateTimeField("empieza")
    ends_at = models.DateTimeField("termina")
    instructor = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", verbose_name="instructor"
    )
    room = models.ForeignKey(
        Resource, models.PROTECT, related_name="+", null=True, verbose_name="espacio"
    )
    capacity = models.PositiveSmallIntegerField("cupos", validators=CAPACITY)
    seats_taken = models.PositiveSmallIntegerField("cupos ocupados", default=0)
    status = models.CharField(
        "estado", max_length=10, choices=SESSION_STATUSES, default=SessionStatus.SCHEDULED.value
    )
    cancelled_at = models.DateTimeField("cancelada", null=True, blank=True)
    cancel_reason = models.CharField("motivo", max_length=200, blank=True)

    class Meta:
        verbose_name = "clase"
        verbose_name_plural = "clases"
        constraints = [
            models.CheckConstraint(
                name="spa_classsession_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="spa_classsession_seats_within_capacity",
                condition=Q(seats_taken__gte=0, seats_taken__lte=F("capacity")),
            ),
            models.CheckConstraint(
                name="spa_classsession_cancelled_says_when",
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="spa_classsession_once_a_date", fields=["schedule", "date"]
            ),
        ]
        indexes = [
            models.Index(fields=["date", "starts_at"], name="spa_classsession_by_date"),
            models.Index(
                fields=["ends_at"],
                name="spa_classsession_to_finish",
                condition=Q(status="scheduled"),
            ),
        ]

    def __str__(self) -> str:
        return f"Clase del {self.date:%Y-%m-%d}"


class ConflictReason(models.TextChoices):
    """Why a class of the schedule could not be made."""

    INSTRUCTOR_BUSY = "instructor_busy", "El instructor está ocupado"
    INSTRUCTOR_AWAY = "instructor_away", "El instructor no trabaja ese día"
    INSTRUCTOR_NOT_ABLE = "not_able", "El instructor no tiene la habilidad"
    ROOM_BUSY = "room_busy", "El espacio está ocupado"
    ROOM_UNFIT = "room_unfit", "El espacio no es del tipo o de la sede que necesita la clase"
    CLOSED = "closed", "La sede no abre ese día"
    NO_SUCH_TIME = "no_such_time", "Ese día el reloj salta esa hora"


class ClassConflict(BaseModel):
    """A class of the schedule that was not made, and why; gone once it could be made."""

    schedule = models.ForeignKey(
        ClassSchedule, models.CASCADE, related_name="+", verbose_name="programación"
    )
    date = models.DateField("fecha")
    reason = models.CharField("motivo", max_length=16, choices=ConflictReason)
    seen_at = models.DateTimeField("visto por última vez")

    class Meta:
        verbose_name = "clase sin programar"
        verbose_name_plural = "clases sin programar"
        constraints = [
            models.UniqueConstraint(
                name="spa_classconflict_once_a_date", fields=["schedule", "date"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.get_reason_display()}"


class Enrolment(BaseModel):
    """One person in one class: in line, with a seat that is kept for a while, or certain of it.

    Price and terms are frozen here. `paid` counts cash and credit; `returned` is what of it came
    back as credit when the place was given up.
    """

    session = models.ForeignKey(
        ClassSession, models.PROTECT, related_name="enrolments", verbose_name="clase"
    )
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    status = models.CharField("estado", max_length=16, choices=ENROLMENT_STATUSES)
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    paid = models.DecimalField("pagado", max_digits=12, decimal_places=2, default=ZERO)
    credit_used = models.DecimalField("saldo usado", max_digits=12, decimal_places=2, default=ZERO)
    returned = models.DecimalField("devuelto", max_digits=12, decimal_places=2, default=ZERO)
    package_use = models.ForeignKey(
        PackageUse, models.PROTECT, related_name="+", null=True, verbose_name="sesión de paquete"
    )
    policy = models.JSONField("condiciones pactadas", default=dict)
    # Waiting: since when. The order of the line.
    joined_at = models.DateTimeField("entró")
    hold_expires_at = models.DateTimeField("vence", null=True, blank=True)
    closed_at = models.DateTimeField("terminó", null=True, blank=True)

    class Meta:
        verbose_name = "inscripción"
        verbose_name_plural = "inscripciones"
        constraints = [
            models.UniqueConstraint(
                name="spa_enrolment_one_open_per_client",
                fields=["session", "client"],
                condition=Q(status__in=OPEN_VALUES),
            ),
            models.CheckConstraint(
                name="spa_enrolment_held_seats_have_an_end",
                condition=~Q(status__in=HELD_VALUES) | Q(hold_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="spa_enrolment_paid_within_price",
                condition=Q(paid__gte=0, paid__lte=F("price")),
            ),
            models.CheckConstraint(
                name="spa_enrolment_credit_within_paid",
                condition=Q(credit_used__gte=0, credit_used__lte=F("paid")),
            ),
            models.CheckConstraint(
                name="spa_enrolment_returned_within_paid",
                condition=Q(returned__gte=0, returned__lte=F("paid")),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-joined_at"], name="spa_enrolment_of_client"),
            models.Index(
                fields=["hold_expires_at"],
                name="spa_enrolment_held",
                condition=Q(status__in=HELD_VALUES),
            ),
            models.Index(
                fields=["session", "joined_at"],
                name="spa_enrolment_line",
                condition=Q(status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.joined_at:%Y-%m-%d %H:%M}"

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid: nothing for a place that was given up or taken away."""
        return self.price - self.paid if self.status in OWING else ZERO

    @property
    def holds_seat(self) -> bool:
        """Whether one of the class's seats is busy because of it."""
        return self.status in HOLDING
