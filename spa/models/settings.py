"""The rules of booking an owner may change (business-rules.md, Booking)."""

from dataclasses import fields
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BusinessSettings
from spa.domain.policy import BookingPolicy

POLICY_FIELDS = tuple(field.name for field in fields(BookingPolicy))
Percent = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


def _between(low: int, high: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(low), MaxValueValidator(high)]


def _percent(label: str, default: int) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(
        label, max_digits=5, decimal_places=2, default=Decimal(default), validators=Percent
    )


class BookingSettings(BusinessSettings):
    """Every number of booking: notice, deposit, limits, cancelling, waiting, reminding."""

    section: ClassVar[str] = "booking"

    minimum_notice_minutes = models.PositiveIntegerField(
        "anticipación mínima (minutos)", default=30, validators=_between(0, 10_080)
    )
    horizon_days = models.PositiveIntegerField(
        "horizonte (días)", default=60, validators=_between(1, 365)
    )
    buffer_after_minutes = models.PositiveIntegerField(
        "pausa tras un servicio (minutos)", default=10, validators=_between(0, 240)
    )
    deposit_percent = _percent("anticipo (%)", 40)
    vip_deposit_percent = _percent("anticipo VIP (%)", 40)
    vip_discount_percent = models.DecimalField(
        "descuento VIP (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(15),
        db_default=Decimal(15),
        validators=Percent,
        help_text="En servicios sin precio VIP propio y en clases. Cero: no hay descuento.",
    )
    hold_minutes = models.PositiveIntegerField(
        "tiempo para pagar el anticipo (minutos)", default=20, validators=_between(5, 1440)
    )
    client_active_limit = models.PositiveIntegerField(
        "citas futuras por cliente", default=1, validators=_between(1, 100)
    )
    vip_active_limit = models.PositiveIntegerField(
        "citas futuras por VIP", default=4, validators=_between(1, 100)
    )
    open_holds_limit = models.PositiveIntegerField(
        "reservas sin pagar a la vez", default=3, validators=_between(1, 100)
    )
    hourly_bookings_limit = models.PositiveIntegerField(
        "reservas por hora y persona", default=5, validators=_between(1, 1000)
    )
    free_cancellation_hours = models.PositiveIntegerField(
        "cancelación gratuita hasta (horas antes)", default=24, validators=_between(0, 720)
    )
    partial_cancellation_hours = models.PositiveIntegerField(
        "cancelación parcial hasta (horas antes)", default=24, validators=_between(0, 720)
    )
    partial_cancellation_credit_percent = _percent("crédito por cancelación parcial (%)", 0)
    late_cancellation_credit_percent = _percent("crédito por cancelación tardía (%)", 0)
    reschedule_limit = models.PositiveIntegerField(
        "reprogramaciones por cita", default=2, validators=_between(0, 20)
    )
    reschedule_hours = models.PositiveIntegerField(
        "se reprograma hasta (horas antes)", default=24, validators=_between(0, 720)
    )
    no_show_minutes = models.PositiveIntegerField(
        "inasistencia después de (minutos)", default=30, validators=_between(5, 240)
    )
    no_show_credit_percent = _percent("crédito por inasistencia (%)", 0)
    strikes_limit = models.PositiveIntegerField(
        "faltas hasta quedar como persona no grata", default=3, validators=_between(1, 20)
    )
    strikes_window_days = models.PositiveIntegerField(
        "las faltas cuentan durante (días)", default=30, validators=_between(1, 365)
    )
    low_supervision_capacity = models.PositiveIntegerField(
        "clientes a la vez en servicios de baja supervisión", default=1, validators=_between(1, 50)
    )
    prefer_tight_slots = models.BooleanField(
        "ofrecer primero los horarios que dejan menos huecos", default=True
    )
    waitlist_enabled = models.BooleanField("lista de espera", default=True)
    waitlist_offer_minutes = models.PositiveIntegerField(
        "una oferta de la lista de espera dura (minutos)", default=60, validators=_between(5, 1440)
    )
    waitlist_entries_limit = models.PositiveIntegerField(
        "búsquedas a la vez en la lista de espera", default=3, validators=_between(1, 20)
    )
    first_reminder_hours = models.PositiveIntegerField(
        "primer recordatorio (horas antes)", default=24, validators=_between(1, 168)
    )
    second_reminder_hours = models.PositiveIntegerField(
        "segundo recordatorio (horas antes)", default=2, validators=_between(1, 168)
    )
    series_horizon_days = models.PositiveIntegerField(
        "horizonte de las series (días)", default=180, validators=_between(1, 365)
    )
    series_deposit_days = models.PositiveIntegerField(
        "el anticipo de cada cita de una serie vence (días antes de ella)",
        default=2,
        validators=_between(0, 30),
    )
    series_notice_days = models.PositiveIntegerField(
        "se pide ese anticipo (días antes de que venza)", default=3, validators=_between(1, 30)
    )
    package_validity_days = models.PositiveIntegerField(
        "vigencia de un paquete (días)", default=90, validators=_between(1, 1095)
    )
    package_reminder_days = models.PositiveIntegerField(
        "se recuerda un paquete por vencer (días antes)", default=7, validators=_between(1, 90)
    )
    regular_visits = models.PositiveIntegerField(
        "visitas completadas para ser cliente habitual",
        default=0,
        help_text="Cero: nadie lo es",
        validators=_between(0, 1000),
    )
    regular_deposit_percent = _percent("anticipo de clientes habituales (%)", 40)
    strike_deposit_percent = _percent("anticipo mínimo de quien tiene faltas (%)", 0)
    class_days_ahead = models.PositiveIntegerField(
        "las clases se programan con (días de anticipación)",
        default=28,
        validators=_between(1, 365),
    )
    archive_days = models.PositiveIntegerField(
        "se archivan las citas después de (días)", default=730, validators=_between(90, 3650)
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de reserva"
        verbose_name_plural = "reglas de reserva"

    def clean(self) -> None:
        """Refuse numbers that contradict each other. Raises `ValidationError`."""
        if self.partial_cancellation_hours > self.free_cancellation_hours:
            raise ValidationError(_("La cancelación parcial no puede exigir más que la gratuita."))
        if self.late_cancellation_credit_percent > self.partial_cancellation_credit_percent and (
            self.partial_cancellation_hours < self.free_cancellation_hours
        ):
            raise ValidationError(_("Cancelar más tarde no puede devolver más."))
        if self.second_reminder_hours >= self.first_reminder_hours:
            raise ValidationError(_("El segundo recordatorio va después del primero."))

    @property
    def policy(self) -> BookingPolicy:
        """The rules as the pure functions take them."""
        return BookingPolicy(**{name: getattr(self, name) for name in POLICY_FIELDS})
