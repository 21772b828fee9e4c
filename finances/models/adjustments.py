"""Credit that people at the studio give or take by hand (NA-29)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel


class AdjustmentState(models.TextChoices):
    """What became of what somebody asked for."""

    REQUESTED = "requested", "Por aprobar"
    APPLIED = "applied", "Aplicado"
    REJECTED = "rejected", "Rechazado"


class Adjustment(BaseModel):
    """A change of one client's credit: positive gives, negative takes.

    `needs_approval` is what the rules said when it was asked for: then somebody else has to agree.
    """

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    amount = models.DecimalField(
        "valor", max_digits=12, decimal_places=2, help_text="Positivo: da saldo. Negativo: quita."
    )
    currency = models.CharField("moneda", max_length=3)
    reason = models.CharField("motivo", max_length=200)
    state = models.CharField(
        "estado", max_length=9, choices=AdjustmentState, default=AdjustmentState.REQUESTED
    )
    needs_approval = models.BooleanField("requiere aprobación")
    requested_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="solicitado por"
    )
    requested_at = models.DateTimeField("solicitado")
    decided_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        verbose_name="decidido por",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField("decidido", null=True, blank=True)
    answer = models.CharField("respuesta", max_length=200, blank=True)

    class Meta:
        verbose_name = "ajuste de saldo"
        verbose_name_plural = "ajustes de saldo"
        constraints = [
            models.CheckConstraint(
                name="finances_adjustment_is_some_money", condition=~Q(amount=0)
            ),
            models.CheckConstraint(
                name="finances_adjustment_decided_when_it_is_over",
                condition=Q(state="requested", decided_at=None)
                | Q(state__in=["applied", "rejected"], decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_adjustment_a_second_person_agrees",
                condition=~Q(state="applied")
                | Q(needs_approval=False)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="finances_adjustment_not_ones_own",
                condition=~Q(client=F("requested_by"))
                & (~Q(state="applied") | Q(decided_by=None) | ~Q(client=F("decided_by"))),
            ),
        ]
        indexes = [
            models.Index(name="finances_adjustment_newest", fields=["requested_at"]),
            models.Index(name="finances_adjustment_of_client", fields=["client", "requested_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_state_display()}"
