"""What the studio offers."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location, SoftDeleteModel
from core.validators import validate_price
from finances.domain.taxes import TAX_CATEGORIES
from spa.models.resources import ResourceKind


class ServiceCategory(BaseModel):
    """A shelf of the catalogue."""

    name = models.CharField("nombre", max_length=80, unique=True)
    slug = models.SlugField("identificador", unique=True)
    position = models.PositiveSmallIntegerField("orden", default=0)

    class Meta:
        verbose_name = "categoría"
        verbose_name_plural = "categorías"

    def __str__(self) -> str:
        return self.name


class Skill(BaseModel):
    """What somebody must know to give a service."""

    name = models.CharField("nombre", max_length=80, unique=True)

    class Meta:
        verbose_name = "habilidad"
        verbose_name_plural = "habilidades"

    def __str__(self) -> str:
        return self.name


class Service(SoftDeleteModel):
    """A treatment with its time, its price and what it needs (SPA-01)."""

    category = models.ForeignKey(
        ServiceCategory, models.PROTECT, related_name="services", verbose_name="categoría"
    )
    name = models.CharField("nombre", max_length=120)
    description = models.TextField("descripción", blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        "duración (minutos)", validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        "preparación (minutos)", default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        "pausa posterior (minutos)",
        null=True,
        blank=True,
        help_text="Vacío: la de las reglas de reserva",
        validators=[MaxValueValidator(240)],
    )
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    vip_price = models.DecimalField(
        "precio VIP", max_digits=12, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField("moneda", max_length=3, default="COP")
    tax_category = models.CharField(
        "impuesto",
        max_length=12,
        choices=TAX_CATEGORIES,
        blank=True,
        help_text="Incluido en el precio. Vacío: el de las reglas de dinero",
    )
    deposit_percent = models.DecimalField(
        "anticipo (%)",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Vacío: el de las reglas de reserva",
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    deposit_amount = models.DecimalField(
        "anticipo fijo",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="En lugar del porcentaje; nunca más que el precio",
    )
    commission_percent = models.DecimalField(
        "comisión de quien lo presta (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    requires_staff = models.BooleanField("necesita personal", default=True)
    required_skill = models.ForeignKey(
        Skill, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="habilidad"
    )
    required_room = models.CharField(
        "necesita espacio",
        max_length=12,
        blank=True,
        choices=[choice for choice in ResourceKind.choices if choice[0] != "STAFF"],
    )
    is_low_supervision = models.BooleanField(
        "baja supervisión",
        default=False,
        help_text="Quien lo presta puede atender a varios clientes a la vez",
    )
    shares_room = models.BooleanField(
        "comparte el espacio", default=False, help_text="Ocupa un puesto del espacio, no todo"
    )
    locations = models.ManyToManyField(Location, related_name="+", verbose_name="sedes")
    is_online_bookable = models.BooleanField("se reserva en línea", default=True)

    class Meta(SoftDeleteModel.Meta):
        verbose_name = "servicio"
        verbose_name_plural = "servicios"
        constraints = [
            models.CheckConstraint(
                name="spa_service_price_not_negative", condition=Q(price__gte=0)
            ),
            models.CheckConstraint(
                name="spa_service_vip_price_below_price",
                condition=Q(vip_price=None) | Q(vip_price__gte=0, vip_price__lte=F("price")),
            ),
            models.CheckConstraint(
                name="spa_service_needs_somebody_or_something",
                condition=Q(requires_staff=True) | ~Q(required_room=""),
            ),
            models.CheckConstraint(name="spa_service_lasts", condition=Q(duration_minutes__gte=5)),
            models.CheckConstraint(
                name="spa_service_one_way_to_a_deposit",
                condition=Q(deposit_amount=None)
                | Q(deposit_amount__gte=0, deposit_percent__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Explain kindly what the constraints would refuse."""
        validate_price(self.price, self.currency)
        if self.vip_price is not None:
            validate_price(self.vip_price, self.currency)
        if self.deposit_amount is not None:
            validate_price(self.deposit_amount, self.currency)
            if self.deposit_percent is not None:
                raise ValidationError("El anticipo es un porcentaje o un valor fijo, no ambos.")
        if not self.requires_staff and not self.required_room:
            raise ValidationError("Un servicio necesita personal, un espacio o ambos.")


class AddOn(BaseModel):
    """Something extra to a service: it takes longer and costs more."""

    name = models.CharField("nombre", max_length=80)
    extra_minutes = models.PositiveSmallIntegerField(
        "minutos adicionales", default=0, validators=[MaxValueValidator(240)]
    )
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="COP")
    services = models.ManyToManyField(Service, related_name="+", verbose_name="servicios")
    is_active = models.BooleanField("se ofrece", default=True)

    class Meta:
        verbose_name = "adicional"
        verbose_name_plural = "adicionales"
        constraints = [
            models.CheckConstraint(name="spa_addon_price_not_negative", condition=Q(price__gte=0)),
            models.CheckConstraint(
                name="spa_addon_lasts_sensibly", condition=Q(extra_minutes__lte=240)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Explain kindly what the constraints would refuse."""
        validate_price(self.price, self.currency)
