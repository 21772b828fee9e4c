"""Money taken in person, at the studio's counter (NA-28)."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel, Location
from finances.models.cash import CashShift
from finances.models.payments import PaymentKind


class CounterMethod(models.TextChoices):
    """How somebody pays in person."""

    CASH = "cash", "Efectivo"
    CARD = "card", "Tarjeta en datáfono"
    TRANSFER = "transfer", "Transferencia"


class CounterPayment(BaseModel):
    """What a client paid in person for one thing, and the tip that came with it; never changed.

    A trigger of migration 0002 refuses any change.
    """

    kind = models.CharField("tipo", max_length=16, choices=PaymentKind)
    payable_kind = models.CharField("qué se paga", max_length=40)
    payable_id = models.UUIDField("identificador de lo que se paga")
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    tip = models.DecimalField("propina", max_digits=12, decimal_places=2, default=0)
    tip_party = models.UUIDField("para quién es la propina", null=True, blank=True)
    # The tip is for several, who are rows of `CounterTip`.
    is_tip_shared = models.BooleanField("propina repartida", db_default=False)
    currency = models.CharField("moneda", max_length=3)
    method = models.CharField("medio de pago", max_length=8, choices=CounterMethod)
    taken_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="recibido por"
    )
    taken_at = models.DateTimeField("recibido")
    cause_id = models.UUIDField("identificador de la solicitud", unique=True)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", null=True, verbose_name="sede", db_index=False
    )
    # Cash only: the shift that answers for it, if one was open.
    shift = models.ForeignKey(
        CashShift, models.PROTECT, related_name="+", null=True, verbose_name="turno de caja"
    )

    class Meta:
        verbose_name = "pago en persona"
        verbose_name_plural = "pagos en persona"
        constraints = [
            models.CheckConstraint(
                name="finances_counterpayment_is_some_money",
                condition=Q(amount__gte=0, tip__gte=0) & (Q(amount__gt=0) | Q(tip__gt=0)),
            ),
            models.CheckConstraint(
                name="finances_counterpayment_a_tip_is_for_somebody",
                condition=Q(tip=0, is_tip_shared=False)
                | Q(tip__gt=0, tip_party__isnull=False, is_tip_shared=False)
                | Q(tip__gt=0, tip_party=None, is_tip_shared=True),
            ),
            models.CheckConstraint(
                name="finances_counterpayment_method_known",
                condition=Q(method__in=CounterMethod.values),
            ),
            models.CheckConstraint(
                name="finances_counterpayment_only_cash_is_in_a_drawer",
                condition=Q(shift=None) | Q(method="cash", location__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_counter_no_shift",
                fields=["location"],
                condition=Q(method="cash", shift=None),
            ),
            models.Index(name="finances_counterpayment_paid", fields=["payable_id", "taken_at"]),
            models.Index(name="finances_counterpayment_client", fields=["client", "taken_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_method_display()}"


class CounterTip(models.Model):
    """What one of several got of a tip; their parts are the tip (triggers), and never change."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(
        CounterPayment, models.PROTECT, related_name="tips", verbose_name="pago"
    )
    party = models.UUIDField("para quién es")
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "parte de una propina"
        verbose_name_plural = "partes de una propina"
        constraints = [
            models.UniqueConstraint(name="finances_countertip_once", fields=["payment", "party"]),
            models.CheckConstraint(
                name="finances_countertip_is_some_money", condition=Q(amount__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.amount}"
