"""Commissions: what the studio's people and the platform's developer have earned (FIN-07)."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from finances.models.payouts import PayoutLine

ONCE_PER_CAUSE = "finances_commission_once_per_cause"


class Commission(BaseModel):
    """A share of one thing's money, owed to one party; never changed but for who pays it.

    A row may be negative: what was earned by mistake is taken back by a mirror of it (`reverses`),
    and a day may give back more than it took. Rows without a line are owed.
    """

    party = models.UUIDField("de quién es")
    cause_kind = models.CharField("causa", max_length=40)
    cause_id = models.UUIDField("identificador de la causa")
    description = models.CharField("concepto", max_length=200)
    base = models.DecimalField("base", max_digits=14, decimal_places=2)
    percent = models.DecimalField("porcentaje", max_digits=5, decimal_places=2)
    amount = models.DecimalField("comisión", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    day = models.DateField("día")
    earned_at = models.DateTimeField("registrada")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="reversal",
        null=True,
        blank=True,
        verbose_name="anula a",
    )
    line = models.ForeignKey(
        PayoutLine,
        models.PROTECT,
        related_name="paid_commissions",
        null=True,
        blank=True,
        verbose_name="se paga con",
    )

    class Meta:
        verbose_name = "comisión"
        verbose_name_plural = "comisiones"
        constraints = [
            # The last word on "earned once"; a mirror has its row's cause.
            models.UniqueConstraint(
                name=ONCE_PER_CAUSE,
                fields=["party", "cause_kind", "cause_id"],
                condition=Q(reverses=None),
            ),
            models.CheckConstraint(
                name="finances_commission_percent_makes_sense",
                condition=Q(percent__gte=Decimal(0), percent__lte=Decimal(100)),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_commission_owed",
                fields=["party", "currency"],
                include=["amount"],
                condition=Q(line=None),
            ),
            models.Index(name="finances_commission_of_party", fields=["party", "-earned_at"]),
            models.Index(name="finances_commission_latest", fields=["-earned_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.description}: {self.amount} {self.currency}"
