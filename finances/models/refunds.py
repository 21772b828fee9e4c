"""Money that goes back to whoever paid it, and how much of a payment in person has (FIN-09)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location
from finances.domain.refunds import ENDED, Destination, Means, Source, State
from finances.models.counter import CounterPayment
from finances.models.payments import PaymentAttempt
from finances.models.sales import SalesDocument

STATES = [
    (State.REQUESTED.value, "Por aprobar"),
    (State.QUEUED.value, "Por enviar"),
    (State.SENDING.value, "Enviándose"),
    (State.UNKNOWN.value, "Sin respuesta"),
    (State.DONE.value, "Hecha"),
    (State.FAILED.value, "Quedó como saldo a favor"),
    (State.REJECTED.value, "Rechazada"),
]
SOURCES = [
    (Source.CREDIT.value, "Saldo a favor del cliente"),
    (Source.GOODWILL.value, "A cargo del estudio"),
]
DESTINATIONS = [
    (Destination.GATEWAY.value, "Medio de pago original"),
    (Destination.CREDIT.value, "Saldo a favor"),
    (Destination.BANK.value, "Cuenta bancaria"),
    (Destination.CASH.value, "Efectivo"),
]
MEANS = [(Means.VOID.value, "Anulación"), (Means.REFUND.value, "Reembolso")]
_OVER = sorted(state.value for state in ENDED)


class Refund(BaseModel):
    """One promise to give money of one payment back; `reference` is what the gateway knows it by.

    It is written and committed before anybody outside hears of it.
    """

    attempt = models.ForeignKey(
        PaymentAttempt,
        models.PROTECT,
        related_name="refunds",
        verbose_name="pago en línea",
        null=True,
        blank=True,
    )
    counter_payment = models.ForeignKey(
        CounterPayment,
        models.PROTECT,
        related_name="refunds",
        verbose_name="pago en persona",
        null=True,
        blank=True,
    )
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    source = models.CharField("de dónde sale", max_length=8, choices=SOURCES)
    destination = models.CharField("a dónde va", max_length=8, choices=DESTINATIONS)
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    reason = models.CharField("motivo", max_length=200)
    # Where the cash is handed over.
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="sede"
    )
    state = models.CharField("estado", max_length=9, choices=STATES)
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
    reference = models.CharField("referencia", max_length=40, unique=True)
    means = models.CharField("cómo", max_length=6, choices=MEANS, blank=True)
    gateway_id = models.CharField("identificador en la pasarela", max_length=80, blank=True)
    refusal = models.CharField("por qué no", max_length=80, blank=True)
    sends = models.PositiveSmallIntegerField("envíos", default=0)
    sent_at = models.DateTimeField("enviado", null=True, blank=True)
    # While nobody knows what became of it; empty when only a person can tell any more.
    next_look_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    ended_at = models.DateTimeField("terminado", null=True, blank=True)

    class Meta:
        verbose_name = "devolución"
        verbose_name_plural = "devoluciones"
        constraints = [
            models.CheckConstraint(
                name="finances_refund_of_one_payment",
                condition=Q(attempt=None, counter_payment__isnull=False)
                | Q(attempt__isnull=False, counter_payment=None),
            ),
            models.CheckConstraint(name="finances_refund_is_some_money", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="finances_refund_state_known",
                condition=Q(state__in=[state.value for state in State]),
            ),
            models.CheckConstraint(
                name="finances_refund_goes_somewhere",
                condition=Q(destination="gateway", attempt__isnull=False)
                | Q(destination="credit", source="goodwill")
                | Q(destination__in=["bank", "cash"]),
            ),
            models.CheckConstraint(
                name="finances_refund_a_second_person_agrees",
                condition=Q(state__in=["requested", "rejected"])
                | Q(needs_approval=False)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="finances_refund_not_ones_own",
                condition=~Q(client=F("requested_by"))
                & (Q(state="rejected") | Q(decided_by=None) | ~Q(client=F("decided_by"))),
            ),
            models.CheckConstraint(
                name="finances_refund_ended_when_it_is_over",
                condition=Q(state__in=_OVER, ended_at__isnull=False)
                | (~Q(state__in=_OVER) & Q(ended_at=None)),
            ),
        ]
        indexes = [
            models.Index(name="finances_refund_newest", fields=["requested_at"]),
            models.Index(name="finances_refund_of_client", fields=["client", "requested_at"]),
            models.Index(
                name="finances_refund_to_send",
                fields=["requested_at"],
                condition=Q(state="queued"),
            ),
            models.Index(
                name="finances_refund_next_look",
                fields=["next_look_at"],
                condition=Q(state__in=["sending", "unknown"], next_look_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_state_display()}"

    @property
    def waits_for_somebody(self) -> bool:
        """Whether only a person can tell what became of it."""
        return self.state == State.UNKNOWN and self.next_look_at is None


class RefundNote(BaseModel):
    """What of a refund took back documented income: the cause of its credit note and its movement.

    A refund has one for each document that it takes something off.
    """

    refund = models.ForeignKey(
        Refund, models.PROTECT, related_name="notes", verbose_name="devolución"
    )
    document = models.ForeignKey(
        SalesDocument, models.PROTECT, related_name="+", verbose_name="documento que corrige"
    )
    note = models.OneToOneField(
        SalesDocument, models.PROTECT, related_name="+", verbose_name="nota crédito"
    )
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = "nota crédito de una devolución"
        verbose_name_plural = "notas crédito de devoluciones"
        constraints = [
            models.UniqueConstraint(
                name="finances_refundnote_once_per_document", fields=["refund", "document"]
            ),
            models.CheckConstraint(
                name="finances_refundnote_is_some_money", condition=Q(amount__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} · {self.note}"


class CounterRefunded(BaseModel):
    """How much of a payment in person went back: the payment itself is never changed."""

    payment = models.OneToOneField(
        CounterPayment, models.PROTECT, related_name="refunded", verbose_name="pago en persona"
    )
    paid = models.DecimalField("pagado", max_digits=12, decimal_places=2)
    refunded = models.DecimalField("devuelto", max_digits=12, decimal_places=2, default=0)

    class Meta:
        verbose_name = "devuelto de un pago en persona"
        verbose_name_plural = "devuelto de pagos en persona"
        constraints = [
            models.CheckConstraint(
                name="finances_counterrefunded_no_more_than_paid",
                condition=Q(refunded__gte=0, refunded__lte=F("paid")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refunded} / {self.paid}"
