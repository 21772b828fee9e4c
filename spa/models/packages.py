"""Packages: sessions that are paid for together and used one by one (SPA-14)."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location
from core.money import ZERO
from core.validators import validate_price
from finances.domain.taxes import TAX_CATEGORIES
from spa.models.catalogue import Service

ONE_USE_PER_SOURCE = "spa_packageuse_one_per_source"


class Package(BaseModel):
    """A number of sessions of some services, at one price."""

    name = models.CharField("nombre", max_length=120, unique=True)
    description = models.TextField("descripción", blank=True)
    services = models.ManyToManyField(
        Service, related_name="+", blank=True, verbose_name="servicios que cubre"
    )
    class_types = models.ManyToManyField(
        "spa.ClassType", related_name="+", blank=True, verbose_name="clases que cubre"
    )
    locations = models.ManyToManyField(
        Location,
        related_name="+",
        blank=True,
        verbose_name="sedes",
        help_text="Vacío: todas",
    )
    sessions = models.PositiveSmallIntegerField(
        "sesiones", validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="COP")
    tax_category = models.CharField(
        "impuesto",
        max_length=12,
        choices=TAX_CATEGORIES,
        blank=True,
        help_text="Incluido en el precio. Vacío: el de las reglas de dinero",
    )
    validity_days = models.PositiveSmallIntegerField(
        "vigencia (días)",
        null=True,
        blank=True,
        help_text="Vacío: la de las reglas de reserva",
        validators=[MinValueValidator(1), MaxValueValidator(1095)],
    )
    is_active = models.BooleanField("a la venta", default=True)

    class Meta:
        verbose_name = "paquete"
        verbose_name_plural = "paquetes"
        constraints = [
            models.CheckConstraint(name="spa_package_has_sessions", condition=Q(sessions__gte=1)),
            models.CheckConstraint(name="spa_package_costs_something", condition=Q(price__gt=0)),
            models.CheckConstraint(
                name="spa_package_lasts",
                condition=Q(validity_days=None) | Q(validity_days__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Explain kindly what the constraints would refuse."""
        if self.price is not None:
            validate_price(self.price, self.currency)
            if self.price <= 0:
                raise ValidationError({"price": "Un paquete cuesta algo."})


class PackageStatus(models.TextChoices):
    """Where a client's package stands."""

    PENDING_PAYMENT = "pending_payment", "Pendiente de pago"
    ACTIVE = "active", "Activo"
    EXHAUSTED = "exhausted", "Agotado"
    EXPIRED = "expired", "Vencido"
    REFUNDED = "refunded", "Devuelto"


class ClientPackage(BaseModel):
    """A package somebody bought: what it covers is frozen, its sessions are counted down.

    `sessions_left` can still be booked; `sessions_settled` are earned, forfeited, expired or given
    back as credit, and their part of the price is off the deferred account. The rest is booked and
    has not happened yet. `payer` stays when the package changes hands: the money was theirs.
    """

    package = models.ForeignKey(Package, models.PROTECT, related_name="+", verbose_name="paquete")
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    payer = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="quién lo pagó"
    )
    sold_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, verbose_name="vendido por"
    )
    name = models.CharField("nombre", max_length=120)
    code = models.CharField("código", max_length=10, unique=True)
    service_ids = ArrayField(models.UUIDField(), default=list, editable=False)
    class_type_ids = ArrayField(models.UUIDField(), default=list, editable=False)
    location_ids = ArrayField(models.UUIDField(), default=list, editable=False)
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    paid = models.DecimalField("pagado", max_digits=12, decimal_places=2, default=ZERO)
    sessions_total = models.PositiveSmallIntegerField("sesiones")
    sessions_left = models.PositiveSmallIntegerField("sesiones disponibles", default=0)
    sessions_settled = models.PositiveSmallIntegerField("sesiones liquidadas", default=0)
    validity_days = models.PositiveSmallIntegerField("vigencia (días)")
    status = models.CharField(
        "estado", max_length=16, choices=PackageStatus, default=PackageStatus.PENDING_PAYMENT
    )
    bought_at = models.DateTimeField("comprado")
    pay_until = models.DateTimeField("se paga hasta", null=True, blank=True)
    expires_at = models.DateTimeField("vence", null=True, blank=True)
    reminded_at = models.DateTimeField("recordado", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "paquete de un cliente"
        verbose_name_plural = "paquetes de clientes"
        constraints = [
            models.CheckConstraint(
                name="spa_clientpackage_sessions_within_total",
                condition=Q(sessions_left__gte=0, sessions_settled__gte=0)
                & Q(sessions_total__gte=F("sessions_left") + F("sessions_settled")),
            ),
            models.CheckConstraint(
                name="spa_clientpackage_paid_all_or_nothing",
                condition=Q(status="pending_payment", paid=0, sessions_left=0, expires_at=None)
                | (~Q(status="pending_payment") & Q(paid=F("price"), expires_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="spa_clientpackage_active_while_sessions_are_left",
                condition=Q(status="active", sessions_left__gt=0)
                | (~Q(status="active") & Q(sessions_left=0)),
            ),
            models.CheckConstraint(
                name="spa_clientpackage_status_known",
                condition=Q(status__in=PackageStatus.values),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-bought_at"], name="spa_clientpackage_of_client"),
            models.Index(
                fields=["expires_at"],
                name="spa_clientpackage_ending",
                condition=Q(sessions_left__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.code}"


class UseState(models.TextChoices):
    """What became of sessions of a package."""

    USED = "used", "Reservada"
    RESTORED = "restored", "Devuelta"
    FULFILLED = "fulfilled", "Cumplida"
    FORFEITED = "forfeited", "Perdida"
    EXPIRED = "expired", "Vencida"
    REFUNDED = "refunded", "Devuelta en saldo"


class PackageUse(BaseModel):
    """Sessions of a client's package, and what they pay for: a visit, a place in a class.

    Sessions that expire or are paid back leave a row too, so that the rows explain the count.
    """

    client_package = models.ForeignKey(
        ClientPackage, models.PROTECT, related_name="uses", verbose_name="paquete"
    )
    source_kind = models.CharField("qué se reservó", max_length=30)
    source_id = models.UUIDField("identificador de lo que se reservó")
    sessions = models.PositiveSmallIntegerField("sesiones")
    state = models.CharField("estado", max_length=9, choices=UseState, default=UseState.USED)
    used_at = models.DateTimeField("reservada")
    ended_at = models.DateTimeField("devuelta, cumplida o perdida", null=True, blank=True)

    class Meta:
        verbose_name = "uso de un paquete"
        verbose_name_plural = "usos de paquetes"
        constraints = [
            models.UniqueConstraint(name=ONE_USE_PER_SOURCE, fields=["source_id", "source_kind"]),
            models.CheckConstraint(
                name="spa_packageuse_some_sessions", condition=Q(sessions__gte=1)
            ),
            models.CheckConstraint(
                name="spa_packageuse_used_until_it_ends",
                condition=Q(state="used", ended_at=None)
                | (~Q(state="used") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="spa_packageuse_state_known", condition=Q(state__in=UseState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sessions} {self.get_state_display()}"
