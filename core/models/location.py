"""Locations (sedes): everything bookable belongs to one (CORE-15)."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core.models.base import BaseModel
from core.validators import validate_nit, validate_phone


def validate_timezone(name: str) -> None:
    """Raise `ValidationError` unless `name` is in the time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Zona horaria desconocida: %(name)s", params={"name": name})


class Weekday(models.IntegerChoices):
    """ISO 8601 weekdays, Monday first."""

    MONDAY = 1, "lunes"
    TUESDAY = 2, "martes"
    WEDNESDAY = 3, "miércoles"
    THURSDAY = 4, "jueves"
    FRIDAY = 5, "viernes"
    SATURDAY = 6, "sábado"
    SUNDAY = 7, "domingo"


class Location(BaseModel):
    """A place with an address, a clock and a till of its own."""

    name = models.CharField("nombre", max_length=120)
    slug = models.SlugField("identificador", unique=True)
    timezone = models.CharField(
        "zona horaria", max_length=60, default="America/Bogota", validators=[validate_timezone]
    )
    currency = models.CharField("moneda", max_length=3, default="COP")
    address = models.CharField("dirección", max_length=200)
    city = models.CharField("ciudad", max_length=80)
    country = models.CharField("país (ISO 3166)", max_length=2, default="CO")
    phone = models.CharField("teléfono", max_length=16, blank=True, validators=[validate_phone])
    tax_id = models.CharField("NIT", max_length=20, blank=True, validators=[validate_nit])
    slot_minutes = models.PositiveSmallIntegerField("rejilla de horarios (minutos)", default=15)
    is_open_to_public = models.BooleanField("visible para clientes", default=True)

    class Meta:
        verbose_name = "sede"
        verbose_name_plural = "sedes"
        constraints = [
            models.CheckConstraint(
                name="core_location_slots_on_the_five_minute_grid",
                condition=Q(slot_minutes__in=[5, 10, 15, 20, 30, 60]),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The clock on the wall."""
        return zoneinfo.ZoneInfo(self.timezone)


class OpeningHours(BaseModel):
    """When a location is open on a weekday, in its own wall time."""

    location = models.ForeignKey(Location, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField("día", choices=Weekday)
    opens = models.TimeField("abre")
    closes = models.TimeField("cierra")

    class Meta:
        verbose_name = "horario de la sede"
        verbose_name_plural = "horarios de la sede"
        constraints = [
            models.CheckConstraint(
                name="core_openinghours_close_after_opening", condition=Q(closes__gt=F("opens"))
            ),
            models.UniqueConstraint(
                name="core_openinghours_once", fields=["location", "weekday", "opens"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Holiday(BaseModel):
    """A date on which a location, or every location, is closed."""

    location = models.ForeignKey(
        Location,
        models.CASCADE,
        related_name="holidays",
        null=True,
        blank=True,
        verbose_name="sede",
        help_text="Vacío: todas las sedes",
    )
    date = models.DateField("fecha")
    name = models.CharField("nombre", max_length=80)

    class Meta:
        verbose_name = "festivo"
        verbose_name_plural = "festivos"
        constraints = [
            models.UniqueConstraint(
                name="core_holiday_once", fields=["location", "date"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
