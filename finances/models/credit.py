"""Credit: money of clients that pays for nothing yet, in lots that end (FIN-05)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel


class CreditLot(BaseModel):
    """Credit a client was given once; what is left of it ends at `expires_at`.

    `remaining` can still be spent, `reserved` waits for what it will pay for. Both together are on
    the ledger as the client's credit; what is used or has expired is in neither.
    """

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    currency = models.CharField("moneda", max_length=3)
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    remaining = models.DecimalField("disponible", max_digits=12, decimal_places=2)
    reserved = models.DecimalField("reservado", max_digits=12, decimal_places=2, default=0)
    reason = models.CharField("motivo", max_length=200, blank=True)
    cause_kind = models.CharField("causa", max_length=40)
    cause_id = models.UUIDField("identificador de la causa")
    issued_at = models.DateTimeField("otorgado")
    expires_at = models.DateTimeField("vence")
    # When its owner is next reminded that it ends; empty once there is nothing left to say.
    next_notice_at = models.DateTimeField("próximo aviso", null=True, blank=True)

    class Meta:
        verbose_name = "saldo a favor"
        verbose_name_plural = "saldos a favor"
        constraints = [
            models.UniqueConstraint(
                name="finances_creditlot_once_per_cause", fields=["cause_kind", "cause_id"]
            ),
            models.CheckConstraint(
                name="finances_creditlot_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="finances_creditlot_never_negative",
                condition=Q(remaining__gte=0, reserved__gte=0),
            ),
            models.CheckConstraint(
                name="finances_creditlot_no_more_than_it_was",
                condition=Q(amount__gte=F("remaining") + F("reserved")),
            ),
            models.CheckConstraint(
                name="finances_creditlot_ends_after_it_begins",
                condition=Q(expires_at__gt=F("issued_at")),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_creditlot_of_client", fields=["client", "currency", "expires_at"]
            ),
            models.Index(
                name="finances_creditlot_ending",
                fields=["expires_at"],
                condition=Q(remaining__gt=0),
            ),
            models.Index(
                name="finances_creditlot_next_notice",
                fields=["next_notice_at"],
                condition=Q(next_notice_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} / {self.amount} {self.currency}"


class UseState(models.TextChoices):
    """What became of a part of something limited that somebody asked for."""

    RESERVED = "reserved", "Reservado"
    USED = "used", "Usado"
    RELEASED = "released", "Devuelto"


class CreditUse(BaseModel):
    """A part of one lot that pays for one thing; several lots may pay for the same."""

    lot = models.ForeignKey(
        CreditLot, models.PROTECT, related_name="uses", verbose_name="saldo a favor"
    )
    payable_kind = models.CharField("qué se paga", max_length=40)
    payable_id = models.UUIDField("identificador de lo que se paga")
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    # How much of what was used became credit again, because what it paid for did not happen.
    returned = models.DecimalField(
        "vuelto a saldo", max_digits=12, decimal_places=2, default=0, db_default=0
    )
    state = models.CharField("estado", max_length=8, choices=UseState, default=UseState.RESERVED)
    reserved_at = models.DateTimeField("reservado")
    ended_at = models.DateTimeField("usado o devuelto", null=True, blank=True)

    class Meta:
        verbose_name = "uso de saldo a favor"
        verbose_name_plural = "usos de saldo a favor"
        constraints = [
            models.CheckConstraint(
                name="finances_credituse_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="finances_credituse_returned_no_more_than_used",
                condition=Q(returned=0)
                | Q(state="used", returned__gt=0, returned__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="finances_credituse_reserved_until_it_ends",
                condition=Q(state="reserved", ended_at=None)
                | Q(state__in=["used", "released"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_credituse_reserved",
                fields=["payable_id", "payable_kind"],
                condition=Q(state="reserved"),
            ),
            models.Index(
                name="finances_credituse_used",
                fields=["payable_id", "payable_kind"],
                condition=Q(state="used"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_state_display()}"
