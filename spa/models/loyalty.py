"""Rewards for coming back (SPA-15)."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.models import BaseModel, BusinessSettings
from spa.models.appointments import Appointment


class LoyaltySettings(BusinessSettings):
    """How often coming back is rewarded, and how much; nothing while the credit is zero."""

    section = "loyalty"

    visits_for_reward = models.PositiveSmallIntegerField(
        "visitas completadas por premio",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    reward_credit = models.DecimalField(
        "saldo a favor de cada premio",
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        help_text="Cero: no se premian visitas",
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(5_000_000))],
    )

    class Meta(BusinessSettings.Meta):
        verbose_name = "reglas de fidelidad"
        verbose_name_plural = "reglas de fidelidad"


class LoyaltyReward(BaseModel):
    """One reward; the number says which of the client's it is, so none is given twice."""

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    number = models.PositiveIntegerField("premio número")
    visits = models.PositiveSmallIntegerField("por cuántas visitas")
    amount = models.DecimalField("saldo a favor", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    given_at = models.DateTimeField("otorgado")

    class Meta:
        verbose_name = "premio de fidelidad"
        verbose_name_plural = "premios de fidelidad"
        constraints = [
            models.UniqueConstraint(name="spa_loyaltyreward_once", fields=["client", "number"]),
            models.CheckConstraint(name="spa_loyaltyreward_is_some", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.amount} {self.currency}"


class LoyaltyStamp(BaseModel):
    """One completed visit that counts; `reward` once it has been rewarded."""

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, related_name="+", verbose_name="cita"
    )
    reward = models.ForeignKey(
        LoyaltyReward, models.PROTECT, related_name="stamps", null=True, verbose_name="premio"
    )
    stamped_at = models.DateTimeField("sellada")

    class Meta:
        verbose_name = "sello de fidelidad"
        verbose_name_plural = "sellos de fidelidad"
        indexes = [
            models.Index(
                fields=["client", "stamped_at"],
                name="spa_loyaltystamp_to_reward",
                condition=Q(reward=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stamped_at:%Y-%m-%d}"
