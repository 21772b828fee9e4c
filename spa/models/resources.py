"""Whatever can be busy."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import BaseModel, Location


class ResourceKind(models.TextChoices):
    """What a resource is; a service asks for rooms by kind."""

    STAFF = "STAFF", "Personal"
    ROOM = "ROOM", "Sala"
    CABIN = "CABIN", "Cabina"
    EQUIPMENT = "EQUIPMENT", "Equipo"


class Resource(BaseModel):
    """A staff member, a room, a machine: something whose time is taken on the occupancy ledger.

    People work where their hours say, so a staff member's resource has no location of its own.
    """

    kind = models.CharField("tipo", max_length=12, choices=ResourceKind)
    name = models.CharField("nombre", max_length=120)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="sede"
    )
    capacity = models.PositiveSmallIntegerField(
        "capacidad",
        null=True,
        blank=True,
        help_text=(
            "Clientes a la vez en servicios que comparten. "
            "Vacío: uno; para el personal, lo que digan las reglas de reserva"
        ),
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    is_active = models.BooleanField("activo", default=True)

    class Meta:
        verbose_name = "recurso"
        verbose_name_plural = "recursos"
        constraints = [
            models.CheckConstraint(
                name="spa_resource_rooms_have_a_location",
                condition=Q(kind="STAFF", location=None)
                | (~Q(kind="STAFF") & Q(location__isnull=False)),
            ),
            models.CheckConstraint(
                name="spa_resource_holds_somebody",
                condition=Q(capacity=None) | Q(capacity__gte=1, capacity__lte=50),
            ),
        ]

    def __str__(self) -> str:
        return self.name
