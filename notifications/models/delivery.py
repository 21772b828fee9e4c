"""The log and the queue of what goes out, one row per message and channel (NOTIF-05)."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from notifications.domain.statuses import Channel, DeliveryStatus
from notifications.models.notification import Notification

ONCE_PER_CHANNEL = "notifications_delivery_once_per_channel"
CHANNELS = [(Channel.WHATSAPP, "WhatsApp"), (Channel.SMS, "SMS")]
STATUSES = [
    (DeliveryStatus.QUEUED, "En cola"),
    (DeliveryStatus.IN_FLIGHT, "Enviándose"),
    (DeliveryStatus.UNKNOWN, "Sin respuesta"),
    (DeliveryStatus.SENT, "Enviado"),
    (DeliveryStatus.FAILED, "Fallido"),
    (DeliveryStatus.DROPPED, "Descartado"),
    (DeliveryStatus.DELIVERED, "Entregado"),
    (DeliveryStatus.READ, "Leído"),
]
WAITING = [DeliveryStatus.QUEUED, DeliveryStatus.IN_FLIGHT, DeliveryStatus.UNKNOWN]


class Delivery(BaseModel):
    """A message on one channel. It holds no text and only a masked number.

    `due_at` is when a worker looks at a waiting row again: a queued one to send it, one in flight
    or without an answer to conclude from the provider's silence that it never left.
    """

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", verbose_name="mensaje"
    )
    channel = models.CharField("canal", max_length=10, choices=CHANNELS)
    status = models.CharField(
        "estado", max_length=10, choices=STATUSES, default=DeliveryStatus.QUEUED
    )
    due_at = models.DateTimeField("para")
    # Counts claims, and so names the one in hand: who records under an old number is too late.
    attempts = models.PositiveIntegerField("intentos", default=0)
    failures = models.PositiveSmallIntegerField("fallas", default=0)
    recipient = models.CharField("destino", max_length=16, blank=True)
    provider_id = models.CharField("identificador del proveedor", max_length=200, blank=True)
    reason = models.CharField("motivo", max_length=80, blank=True)
    sent_at = models.DateTimeField("enviado", null=True, blank=True)
    delivered_at = models.DateTimeField("entregado", null=True, blank=True)

    class Meta:
        verbose_name = "envío"
        verbose_name_plural = "envíos"
        constraints = [
            # However often a failure is told, the message takes the next channel once.
            models.UniqueConstraint(name=ONCE_PER_CHANNEL, fields=["notification", "channel"]),
            models.CheckConstraint(
                name="notifications_delivery_status_known",
                condition=Q(status__in=[status.value for status in DeliveryStatus]),
            ),
            models.CheckConstraint(
                name="notifications_delivery_channel_known",
                condition=Q(channel__in=[channel.value for channel in Channel]),
            ),
        ]
        indexes = [
            models.Index(
                name="notifications_delivery_due",
                fields=["due_at"],
                condition=Q(status__in=[status.value for status in WAITING]),
            ),
            models.Index(
                name="notifications_delivery_told",
                fields=["provider_id"],
                condition=~Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status} {self.recipient}"
