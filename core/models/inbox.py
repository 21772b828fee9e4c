"""What providers told us, stored raw before anything is believed or done (FIN-02)."""

from django.db import models
from django.db.models import Q

from core.models.outbox import Deliverable


class InboxMessage(Deliverable):
    """One authentic webhook, as received. `key` is the provider's own identity of the message."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField("proveedor", max_length=30)
    key = models.CharField("clave", max_length=200)
    body = models.BinaryField("cuerpo")
    received_at = models.DateTimeField("recibido")
    times_received = models.PositiveIntegerField("veces recibido", default=1)
    # Somebody waits for what it leads to: their money before what only says how a message went.
    is_awaited = models.BooleanField("esperado", default=True, db_default=True)
    RECEIPT = [*Deliverable.RECEIPT, "leased_until"]
    # A worker's claim while it asks the provider outside any transaction; it lapses by itself.
    leased_until = models.DateTimeField("reclamado hasta", null=True, blank=True)

    class Meta:
        verbose_name = "mensaje entrante"
        verbose_name_plural = "mensajes entrantes"
        constraints = [
            models.UniqueConstraint(
                name="core_inboxmessage_once_per_key", fields=["provider", "key"]
            )
        ]
        indexes = [
            models.Index(
                name="core_inboxmessage_next",
                fields=["-is_awaited", "due_at"],
                condition=Q(status="PENDING"),
            ),
            models.Index(name="core_inboxmessage_purge", fields=["status", "received_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.key}"
