"""The numbers of identity that an owner may change (business-rules.md, Identity)."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.models import BusinessSettings


def _between(low: int, high: int) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class IdentitySettings(BusinessSettings):
    """Rules of one-time codes and sessions. Six digits and ten minutes are the provider's own."""

    section = "identity"

    otp_seconds = models.PositiveIntegerField(
        "vida de un código (segundos)", default=300, validators=_between(60, 600)
    )
    otp_wrong_codes = models.PositiveSmallIntegerField(
        "códigos errados antes de bloquear", default=3, validators=_between(1, 5)
    )
    otp_lock_seconds = models.PositiveIntegerField(
        "bloqueo (segundos)", default=600, validators=_between(60, 86_400)
    )
    otp_resend_seconds = models.PositiveIntegerField(
        "espera entre envíos (segundos)", default=60, validators=_between(30, 600)
    )
    otp_per_phone = models.PositiveIntegerField(
        "códigos por hora a un teléfono", default=5, validators=_between(1, 60)
    )
    otp_per_ip = models.PositiveIntegerField(
        "códigos por hora desde una IP", default=20, validators=_between(1, 10_000)
    )
    otp_globally = models.PositiveIntegerField(
        "códigos por hora en total", default=1000, validators=_between(1, 1_000_000)
    )
    session_idle_days = models.PositiveSmallIntegerField(
        "sesión sin uso (días)", default=30, validators=_between(1, 365)
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de identidad"
        verbose_name_plural = "reglas de identidad"
