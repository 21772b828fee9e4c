"""Ways to pay that a person keeps with us for the next time (FIN-08)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThan

from core.crypto import EncryptedTextField
from core.models import BaseModel
from finances.domain.sources import LIVE, SourceKind, SourceStatus

KEPT_ONCE = "finances_paymentsource_kept_once"
ONE_DEFAULT = "finances_paymentsource_one_default"
_LIVE = sorted(status.value for status in LIVE)
KINDS = [(SourceKind.CARD.value, "Tarjeta"), (SourceKind.NEQUI.value, "Nequi")]
STATUSES = [
    (SourceStatus.AWAITING.value, "Espera a la persona"),
    (SourceStatus.CREATING.value, "Guardándose"),
    (SourceStatus.PENDING.value, "Pendiente"),
    (SourceStatus.AVAILABLE.value, "Disponible"),
    (SourceStatus.REFUSED.value, "Rechazada"),
    (SourceStatus.LOST.value, "Sin respuesta"),
    (SourceStatus.VOIDING.value, "Retirándose"),
    (SourceStatus.VOIDED.value, "Retirada"),
]


def _length(column: str) -> Length:
    """Of an encrypted column, which cannot be compared: whether it holds anything."""
    return Length(Cast(column, models.TextField()))


class PaymentSource(BaseModel):
    """A card or a Nequi account that the gateway keeps; we keep its number there, encrypted.

    Of the card itself only brand and last four digits are known here. `pending_secrets` are what
    keeping it still takes (the tokens of one use); they are gone with the first answer.
    """

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    kind = models.CharField("clase", max_length=8, choices=KINDS)
    status = models.CharField("estado", max_length=9, choices=STATUSES)
    gateway_id = EncryptedTextField("identificador en la pasarela", blank=True, default="")
    fingerprint = models.CharField("huella", max_length=64, blank=True, editable=False)
    brand = models.CharField("marca", max_length=24, blank=True)
    last_four = models.CharField("últimos cuatro", max_length=4, blank=True)
    is_default = models.BooleanField("preferida", default=False)
    refusal = models.CharField("por qué no", max_length=64, blank=True)
    pending_secrets = EncryptedTextField(blank=True, default="", editable=False)
    asked_at = models.DateTimeField("pedida")
    ended_at = models.DateTimeField("terminada", null=True, blank=True)
    looks = models.PositiveSmallIntegerField("consultas", default=0)
    next_look_at = models.DateTimeField("próxima consulta", null=True, blank=True)

    class Meta:
        verbose_name = "medio de pago guardado"
        verbose_name_plural = "medios de pago guardados"
        constraints = [
            models.UniqueConstraint(
                name=KEPT_ONCE,
                fields=["client", "fingerprint"],
                condition=Q(status__in=_LIVE),
            ),
            models.UniqueConstraint(
                name=ONE_DEFAULT, fields=["client"], condition=Q(is_default=True)
            ),
            models.CheckConstraint(
                name="finances_paymentsource_kind_known",
                condition=Q(kind__in=[kind.value for kind in SourceKind]),
            ),
            models.CheckConstraint(
                name="finances_paymentsource_status_known",
                condition=Q(status__in=[status.value for status in SourceStatus]),
            ),
            models.CheckConstraint(
                name="finances_paymentsource_live_is_known",
                condition=~Q(status__in=_LIVE) | ~Q(fingerprint=""),
            ),
            models.CheckConstraint(
                name="finances_paymentsource_default_is_live",
                condition=Q(is_default=False) | Q(status__in=_LIVE),
            ),
            models.CheckConstraint(
                name="finances_paymentsource_secrets_only_while_asked",
                condition=Q(status="awaiting") | Q(LessThan(_length("pending_secrets"), 1)),
            ),
        ]
        indexes = [
            models.Index(name="finances_paymentsource_of", fields=["client", "asked_at"]),
            models.Index(
                name="finances_paymentsource_look",
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.brand} ••{self.last_four}".strip()
