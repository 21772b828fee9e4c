"""Payments, and the attempts that payers make at them (FIN-03)."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel
from finances.domain.statuses import PAYABLE, UNSETTLED, Status


class PaymentStatus(models.TextChoices):
    """`finances.domain.statuses.Status` with its Spanish labels."""

    PENDING = Status.PENDING.value, "Pendiente"
    APPROVED = Status.APPROVED.value, "Aprobado"
    DECLINED = Status.DECLINED.value, "Rechazado"
    VOIDED = Status.VOIDED.value, "Anulado"
    ERROR = Status.ERROR.value, "Error del medio de pago"
    EXPIRED = Status.EXPIRED.value, "Vencido"
    FLAGGED = Status.FLAGGED.value, "En revisión"


class PaymentKind(models.TextChoices):
    """What a payment is, seen from the money."""

    DEPOSIT = "deposit", "Anticipo"
    BALANCE = "balance", "Saldo pendiente"
    PACKAGE = "package", "Paquete"
    CLASS = "class", "Clase"
    SERIES = "series", "Citas recurrentes"
    SUBSCRIPTION = "subscription", "Membresía"


class AllocationFate(models.TextChoices):
    """What became of the money once it had arrived."""

    NONE = "", "—"
    ACCEPTED = "accepted", "Aplicado"
    CREDITED = "credited", "Saldo a favor"


class Payment(BaseModel):
    """One amount owed by one client for one thing, under one reference at the gateway.

    `payable_kind` and `payable_id` point up without knowing whom (`finances.registry`).
    """

    reference = models.CharField("referencia", max_length=40, unique=True)
    # Which of its numbered references nobody has used yet (`domain.references.numbered`).
    next_reference = models.PositiveSmallIntegerField(
        "siguiente referencia", default=1, db_default=1
    )
    kind = models.CharField("tipo", max_length=16, choices=PaymentKind)
    payable_kind = models.CharField("qué se paga", max_length=40)
    payable_id = models.UUIDField("identificador de lo que se paga")
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    status = models.CharField(
        "estado", max_length=8, choices=PaymentStatus, default=PaymentStatus.PENDING
    )
    allocation = models.CharField(
        "destino", max_length=8, choices=AllocationFate, default=AllocationFate.NONE, blank=True
    )
    decided_by = models.CharField(
        "transacción que decidió",
        max_length=80,
        blank=True,
        help_text="Identificador de la transacción en la pasarela",
    )
    opened_at = models.DateTimeField("abierto")
    expires_at = models.DateTimeField("vence")
    paid_at = models.DateTimeField("pagado", null=True, blank=True)
    # The gateway's time of the newest event that was applied: an older one is old news.
    newest_event_at = models.DateTimeField("evento más reciente", null=True, blank=True)
    # Empty until the first look (its delay counts from `opened_at`) and after the last one.
    next_poll_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    polls = models.PositiveSmallIntegerField("consultas", default=0)

    class Meta:
        verbose_name = "pago"
        verbose_name_plural = "pagos"
        constraints = [
            models.CheckConstraint(
                name="finances_payment_amount_positive", condition=Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="finances_payment_status_known", condition=Q(status__in=PaymentStatus.values)
            ),
            models.CheckConstraint(
                name="finances_payment_kind_known", condition=Q(kind__in=PaymentKind.values)
            ),
            models.CheckConstraint(
                name="finances_payment_approved_says_by_what_and_for_whom",
                condition=~Q(status=PaymentStatus.APPROVED)
                | (
                    ~Q(decided_by="")
                    & Q(allocation__in=["accepted", "credited"], paid_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(name="finances_payment_of_payable", fields=["payable_id", "opened_at"]),
            models.Index(name="finances_payment_of_client", fields=["client", "opened_at"]),
            models.Index(
                name="finances_payment_first_look",
                fields=["opened_at"],
                condition=Q(polls=0, status__in=sorted(UNSETTLED)),
            ),
            models.Index(
                name="finances_payment_next_look",
                fields=["next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount} {self.currency}"

    @property
    def can_be_paid(self) -> bool:
        """Whether the checkout is still of use to the payer."""
        return self.status in PAYABLE


class PaymentAttempt(BaseModel):
    """One transaction at the gateway: payers may try several methods under one reference."""

    gateway_id: "models.CharField[Any, Any]" = models.CharField(
        "transacción en la pasarela", max_length=80, unique=True
    )
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="attempts")
    # As the gateway knows it: the payment's own, or a numbered one of a later charge.
    reference = models.CharField("referencia", max_length=48, blank=True, default="", db_default="")
    status = models.CharField("estado", max_length=8, choices=PaymentStatus)
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    method = models.CharField("medio de pago", max_length=40, blank=True)
    seen_at = models.DateTimeField("visto")
    # When its money entered the ledger: the mark that makes settling happen once.
    booked_at = models.DateTimeField("contabilizado", null=True, blank=True)
    # What is promised or given back of it; written by conditional updates only (steps.refundable).
    refunded = models.DecimalField(
        "devuelto", max_digits=12, decimal_places=2, default=0, db_default=0
    )

    class Meta:
        verbose_name = "intento de pago"
        verbose_name_plural = "intentos de pago"
        constraints = [
            models.CheckConstraint(
                name="finances_paymentattempt_status_known",
                condition=Q(status__in=["pending", "approved", "declined", "voided", "error"]),
            ),
            models.CheckConstraint(
                name="finances_paymentattempt_booked_money_was_approved",
                condition=Q(booked_at=None) | Q(status__in=["approved", "voided"]),
            ),
            models.CheckConstraint(
                name="finances_paymentattempt_refunded_no_more_than_paid",
                condition=Q(refunded__gte=0, refunded__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id} {self.status}"
