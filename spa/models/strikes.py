"""Strikes: visits somebody did not come to, or gave up too late (SPA-10)."""

from django.db import models
from django.db.models import Q

from core.crypto import EncryptedTextField
from core.models import BaseModel
from spa.models.appointments import Appointment


class StrikeKind(models.TextChoices):
    """What was done."""

    LATE_CANCELLATION = "late_cancellation", "Cancelación tardía"
    NO_SHOW = "no_show", "Inasistencia"


class Strike(BaseModel):
    """One visit that counts against its client, unless staff waived it; a visit has at most one."""

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, related_name="strike", verbose_name="cita"
    )
    kind = models.CharField("falta", max_length=17, choices=StrikeKind)
    at = models.DateTimeField("cuándo")
    waived_at = models.DateTimeField("perdonada", null=True, blank=True)
    waived_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="perdonada por",
    )
    waive_reason = models.CharField("motivo del perdón", max_length=200, blank=True)

    class Meta:
        verbose_name = "falta"
        verbose_name_plural = "faltas"
        constraints = [
            models.CheckConstraint(
                name="spa_strike_kind_known", condition=Q(kind__in=StrikeKind.values)
            ),
            models.CheckConstraint(
                name="spa_strike_waived_by_somebody_with_a_reason",
                condition=Q(waived_at=None, waived_by=None, waive_reason="")
                | (Q(waived_at__isnull=False, waived_by__isnull=False) & ~Q(waive_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["client", "at"],
                name="spa_strike_that_counts",
                condition=Q(waived_at=None),
            ),
            models.Index(fields=["-at", "-id"], name="spa_strike_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class AppealStatus(models.TextChoices):
    """What became of an appeal."""

    OPEN = "open", "Por decidir"
    UPHELD = "upheld", "Aceptada"
    REJECTED = "rejected", "Rechazada"


class StrikeAppeal(BaseModel):
    """What a client says against a strike, and what staff decided; one for each strike."""

    strike = models.OneToOneField(
        Strike, models.PROTECT, related_name="appeal", verbose_name="falta"
    )
    # Why somebody did not come is often about their health: only ever stored encrypted (CORE-12).
    text = EncryptedTextField("qué dice el cliente")
    status = models.CharField(
        "estado", max_length=8, choices=AppealStatus, default=AppealStatus.OPEN
    )
    filed_at = models.DateTimeField("presentada")
    decided_at = models.DateTimeField("decidida", null=True, blank=True)
    decided_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="decidida por",
    )
    answer = models.CharField("respuesta", max_length=200, blank=True)

    class Meta:
        verbose_name = "apelación"
        verbose_name_plural = "apelaciones"
        constraints = [
            models.CheckConstraint(
                name="spa_strikeappeal_decided_by_somebody_with_an_answer",
                condition=Q(status="open", decided_at=None, decided_by=None, answer="")
                | (
                    Q(
                        status__in=["upheld", "rejected"],
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    & ~Q(answer="")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["filed_at"], name="spa_strikeappeal_open", condition=Q(status="open")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.filed_at:%Y-%m-%d}"
