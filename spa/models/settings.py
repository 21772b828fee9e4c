"""The rules of booking an owner may change (business-rules.md, Booking)."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.models import BusinessSettings
from spa.domain.policy import BookingPolicy

Percent = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


def _between(low: int, high: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class BookingSettings(BusinessSettings):
    """Notice, horizon, deposit, holds and limits."""

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
    deposit_percent = models.DecimalField(
        "anticipo (%)", max_digits=5, decimal_places=2, default=Decimal(40), validators=Percent
    )
    vip_deposit_percent = models.DecimalField(
        "anticipo VIP (%)", max_digits=5, decimal_places=2, default=Decimal(40), validators=Percent
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
    late_cancellation_credit_percent = models.DecimalField(
        "crédito por cancelación tardía (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=Percent,
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de reserva"
        verbose_name_plural = "reglas de reserva"

    @property
    def policy(self) -> BookingPolicy:
        """The rules as the pure functions take them."""
        return BookingPolicy(
            minimum_notice_minutes=self.minimum_notice_minutes,
            horizon_days=self.horizon_days,
            deposit_percent=self.deposit_percent,
            vip_deposit_percent=self.vip_deposit_percent,
            hold_minutes=self.hold_minutes,
            client_active_limit=self.client_active_limit,
            vip_active_limit=self.vip_active_limit,
            open_holds_limit=self.open_holds_limit,
            hourly_bookings_limit=self.hourly_bookings_limit,
            free_cancellation_hours=self.free_cancellation_hours,
            late_cancellation_credit_percent=self.late_cancellation_credit_percent,
        )
