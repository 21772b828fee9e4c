"""Charges: attempts to pay that we start ourselves (FIN-01)."""

from django.db import models
from django.db.models import Q

from core.crypto import EncryptedTextField
from core.models import BaseModel
from finances.domain.charges import AT_GATEWAY, OPEN, ChargeStatus
from finances.domain.means import Method
from finances.models.payments import Payment
from finances.models.sources import PaymentSource

ONE_OPEN = "finances_charge_one_open"
_OPEN = sorted(status.value for status in OPEN)
_AT_GATEWAY = sorted(status.value for status in {*AT_GATEWAY, ChargeStatus.ENDED})
STATUSES = [
    (ChargeStatus.SENDING.value, "Enviándose"),
    (ChargeStatus.SENT.value, "En la pasarela"),
    (ChargeStatus.UNKNOWN.value, "Sin respuesta"),
    (ChargeStatus.FOUND.value, "Encontrado en la pasarela"),
    (ChargeStatus.ENDED.value, "Terminado"),
    (ChargeStatus.REFUSED.value, "No admitido"),
    (ChargeStatus.LOST.value, "No llegó"),
]
METHODS = [
    (Method.CARD.value, "Tarjeta"),
    (Method.NEQUI.value, "Nequi"),
    (Method.PSE.value, "PSE"),
    (Method.BANCOLOMBIA_TRANSFER.value, "Transferencia Bancolombia"),
    (Method.BANCOLOMBIA_QR.value, "QR Bancolombia"),
    (Method.BANCOLOMBIA_COLLECT.value, "Corresponsal Bancolombia"),
    (Method.DAVIPLATA.value, "Daviplata"),
    (Method.SOURCE.value, "Medio guardado"),
]


class Charge(BaseModel):
    """One order to the gateway to take a payment's money, stored before it is sent (NA-31).

    `details` are what the payer typed, so that he may try again; tokens are never among them.
    """

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="charges", verbose_name="pago"
    )
    number = models.PositiveSmallIntegerField("número")
    reference = models.CharField("referencia", max_length=48, unique=True)
    method = models.CharField("medio de pago", max_length=24, choices=METHODS)
    source = models.ForeignKey(
        PaymentSource,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name="medio guardado",
    )
    details = EncryptedTextField("datos del pagador", blank=True, default="", editable=False)
    status = models.CharField("estado", max_length=8, choices=STATUSES)
    gateway_id = models.CharField("transacción en la pasarela", max_length=80, blank=True)
    refusal = models.CharField("por qué no", max_length=64, blank=True)
    next_step = models.JSONField("qué sigue", null=True, blank=True, editable=False)
    # Nobody when it was the clock (a subscription): the payer is not there.
    ordered_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pedido por",
    )
    started_at = models.DateTimeField("empezado")
    ended_at = models.DateTimeField("terminado", null=True, blank=True)
    looks = models.PositiveSmallIntegerField("consultas", default=0)
    # While nobody knows what became of it: when it is looked up. At the gateway: when it last was.
    next_look_at = models.DateTimeField("próxima consulta", null=True, blank=True)
    seen_at = models.DateTimeField("visto", null=True, blank=True)

    class Meta:
        verbose_name = "cobro"
        verbose_name_plural = "cobros"
        constraints = [
            models.UniqueConstraint(
                name=ONE_OPEN, fields=["payment"], condition=Q(status__in=_OPEN)
            ),
            models.UniqueConstraint(
                name="finances_charge_number_once", fields=["payment", "number"]
            ),
            models.CheckConstraint(
                name="finances_charge_status_known",
                condition=Q(status__in=[status.value for status in ChargeStatus]),
            ),
            models.CheckConstraint(
                name="finances_charge_method_known",
                condition=Q(method__in=[method.value for method in Method]),
            ),
            models.CheckConstraint(
                name="finances_charge_at_gateway_says_where",
                condition=~Q(status__in=_AT_GATEWAY) | ~Q(gateway_id=""),
            ),
            models.CheckConstraint(
                name="finances_charge_over_says_when",
                condition=Q(status__in=_OPEN, ended_at=None)
                | (~Q(status__in=_OPEN) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="finances_charge_source_is_its_method",
                condition=Q(method="source", source__isnull=False)
                | (~Q(method="source") & Q(source=None)),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_charge_next_look",
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_method_display()}"
