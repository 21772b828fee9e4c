"""Payouts: batches of bank payments at the provider, a line for each payee (FIN-07, NA-30)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel
from finances.domain.payouts import OPEN, Failure, LineStatus, PayoutStatus
from finances.models.payees import Payee

PAYOUT_STATUSES = [
    (PayoutStatus.WAITING.value, "Por enviar"),
    (PayoutStatus.SENDING.value, "Enviándose"),
    (PayoutStatus.UNKNOWN.value, "Por confirmar"),
    (PayoutStatus.SENT.value, "Enviado"),
    (PayoutStatus.FINISHED.value, "Terminado"),
    (PayoutStatus.REJECTED.value, "Rechazado"),
]
LINE_STATUSES = [
    (LineStatus.PENDING.value, "Pendiente"),
    (LineStatus.APPROVED.value, "Pagado"),
    (LineStatus.FAILED.value, "Fallido"),
    (LineStatus.CANCELLED.value, "Cancelado"),
]
FAILURES = [
    ("", "—"),
    (Failure.NO_FUNDS.value, "Fondos insuficientes"),
    (Failure.DAILY_LIMIT.value, "Límite diario"),
    (Failure.PLAN_LIMIT.value, "Límite del plan"),
    (Failure.ACCOUNT.value, "Cuenta de origen no disponible"),
    (Failure.REFUSED.value, "Rechazado por el proveedor"),
    (Failure.NOT_TAKEN.value, "Nunca llegó al proveedor"),
    (Failure.BANK.value, "Rechazado por el banco"),
]


class Payout(BaseModel):
    """One batch. Its reference and its key are stored before the provider hears of it.

    Both are the batch's for ever. `next_look_at` is when a worker takes it up again: while one
    has it, that is the end of the worker's lease.
    """

    reference = models.CharField("referencia", max_length=40, unique=True)
    idempotency_key = models.UUIDField("llave de idempotencia", unique=True)
    payment_type = models.CharField("tipo de pago", max_length=9)
    amount = models.DecimalField("valor", max_digits=14, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    status = models.CharField(
        "estado", max_length=8, choices=PAYOUT_STATUSES, default=PayoutStatus.WAITING.value
    )
    failure = models.CharField("motivo", max_length=11, choices=FAILURES, blank=True)
    # The provider's own words, for whoever looks.
    failure_detail = models.CharField("detalle", max_length=200, blank=True)
    gateway_id = models.CharField("identificador en el proveedor", max_length=64, blank=True)
    account_id = models.CharField("cuenta de origen", max_length=64, blank=True)
    stored_at = models.DateTimeField("creado")
    # Empty when the rules made it, not a person.
    stored_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="creado por",
    )
    attempts = models.PositiveIntegerField("envíos", default=0)
    first_sent_at = models.DateTimeField("primer envío", null=True, blank=True)
    last_sent_at = models.DateTimeField("último envío", null=True, blank=True)
    looks = models.PositiveIntegerField("consultas", default=0)
    next_look_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    ended_at = models.DateTimeField("terminado", null=True, blank=True)

    class Meta:
        verbose_name = "pago a terceros"
        verbose_name_plural = "pagos a terceros"
        constraints = [
            models.CheckConstraint(name="finances_payout_is_some_money", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="finances_payout_status_known",
                condition=Q(status__in=[status for status, _label in PAYOUT_STATUSES]),
            ),
            models.CheckConstraint(
                name="finances_payout_is_looked_at_until_it_ends",
                condition=Q(
                    status__in=sorted(status.value for status in OPEN),
                    ended_at=None,
                    next_look_at__isnull=False,
                )
                | Q(status__in=["finished", "rejected"], ended_at__isnull=False, next_look_at=None),
            ),
            # What was never sent is nowhere; what the provider has is known by its id.
            models.CheckConstraint(
                name="finances_payout_sent_says_when",
                condition=Q(status__in=["waiting", "rejected"])
                | Q(first_sent_at__isnull=False, last_sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_payout_accepted_has_an_id",
                condition=~Q(status__in=["sent", "finished"]) | ~Q(gateway_id=""),
            ),
            models.UniqueConstraint(
                name="finances_payout_gateway_id_once",
                fields=["gateway_id"],
                condition=~Q(gateway_id=""),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_payout_due",
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
            ),
            models.Index(name="finances_payout_sent_on", fields=["first_sent_at"]),
        ]

    def __str__(self) -> str:
        return self.reference


class LineSource(models.TextChoices):
    """What a line pays."""

    EARNINGS = "earnings", "Comisiones y propinas"
    REFUND = "refund", "Devolución"


class PayoutLine(BaseModel):
    """What one payee is paid in a batch. Its money is in transit while it is pending."""

    payout = models.ForeignKey(
        Payout, models.PROTECT, related_name="lines", verbose_name="pago a terceros"
    )
    payee = models.ForeignKey(
        Payee, models.PROTECT, related_name="lines", verbose_name="beneficiario"
    )
    # As the payee has it: whose money it is does not depend on where it goes.
    party = models.UUIDField("de quién es el dinero")
    source = models.CharField("concepto", max_length=8, choices=LineSource)
    reference = models.CharField("referencia", max_length=40, unique=True)
    commissions = models.DecimalField("comisiones", max_digits=12, decimal_places=2, default=0)
    tips = models.DecimalField("propinas", max_digits=12, decimal_places=2, default=0)
    refund = models.DecimalField("devolución", max_digits=12, decimal_places=2, default=0)
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    # Of a refund: the row it pays back, named without knowing its table.
    cause_kind = models.CharField("causa", max_length=40, blank=True)
    cause_id = models.UUIDField("identificador de la causa", null=True, blank=True)
    status = models.CharField(
        "estado", max_length=9, choices=LINE_STATUSES, default=LineStatus.PENDING.value
    )
    gateway_id = models.CharField("identificador en el proveedor", max_length=64, blank=True)
    failure = models.CharField("motivo", max_length=11, choices=FAILURES, blank=True)
    failure_detail = models.CharField("detalle", max_length=200, blank=True)
    # The provider says something of it that cannot be: a person has to look.
    flagged_at = models.DateTimeField("en revisión desde", null=True, blank=True)
    ended_at = models.DateTimeField("terminada", null=True, blank=True)

    class Meta:
        verbose_name = "línea de pago"
        verbose_name_plural = "líneas de pago"
        constraints = [
            models.UniqueConstraint(
                name="finances_payoutline_payee_once", fields=["payout", "party"]
            ),
            models.CheckConstraint(
                name="finances_payoutline_is_its_parts",
                condition=Q(
                    amount=F("commissions") + F("tips") + F("refund"),
                    commissions__gte=0,
                    tips__gte=0,
                    refund__gte=0,
                    amount__gt=0,
                ),
            ),
            models.CheckConstraint(
                name="finances_payoutline_pays_one_thing",
                condition=Q(source="earnings", refund=0, cause_kind="", cause_id=None)
                | (
                    Q(source="refund", commissions=0, tips=0, cause_id__isnull=False)
                    & ~Q(cause_kind="")
                ),
            ),
            models.CheckConstraint(
                name="finances_payoutline_pending_until_it_ends",
                condition=Q(status="pending", ended_at=None)
                | Q(status__in=["approved", "failed", "cancelled"], ended_at__isnull=False),
            ),
            # A refund is paid back by one line at a time, and once.
            models.UniqueConstraint(
                name="finances_payoutline_refund_once",
                fields=["cause_kind", "cause_id"],
                condition=Q(status__in=["pending", "approved"], cause_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_payoutline_pending",
                fields=["party"],
                condition=Q(status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount} {self.currency}"
