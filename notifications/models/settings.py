"""The numbers of sending that an owner may change (CORE-08)."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.models import BusinessSettings
from notifications.domain.outcomes import Rules


class MessagingSettings(BusinessSettings):
    """How long to wait for a provider's word, how often to try, when to change the channel."""

    section = "messages"

    status_grace_minutes = models.PositiveSmallIntegerField(
        "minutos de espera por el estado",
        default=5,
        validators=[MinValueValidator(2), MaxValueValidator(120)],
        help_text="Un envío sin respuesta y sin noticias del proveedor se repite después de esto.",
    )
    max_failures = models.PositiveSmallIntegerField(
        "rechazos pasajeros antes de desistir",
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    tries_before_fallback = models.PositiveSmallIntegerField(
        "intentos antes de cambiar de canal",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text="Solo para mensajes críticos, mientras el proveedor no responde.",
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de mensajes"
        verbose_name_plural = "reglas de mensajes"

    @property
    def rules(self) -> Rules:
        """The numbers as the rules take them."""
        return Rules(
            status_grace=timedelta(minutes=self.status_grace_minutes),
            max_failures=self.max_failures,
            tries_before_fallback=self.tries_before_fallback,
        )
