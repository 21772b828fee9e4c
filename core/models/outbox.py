"""Effects that are owed to subscribers (CORE-06)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from core.db import execute

MAX_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=1)
DONE = "UPDATE {table} SET status = 'DONE', done_at = %s, last_error = '' WHERE id = ANY(%s)"


class DeliveryStatus(models.TextChoices):
    PENDING = "PENDING", "Pendiente"
    DONE = "DONE", "Entregado"
    DEAD = "DEAD", "Abandonado"


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the nth failure: 2ⁿ seconds, at most an hour (house-style 3.6.9)."""
    return min(timedelta(seconds=2**attempts), LONGEST_PAUSE)


class Deliverable(models.Model):
    """A row that workers must bring to `DONE`, again and again until it is, or give up aloud."""

    status = models.CharField("estado", max_length=8, choices=DeliveryStatus, default="PENDING")
    attempts = models.PositiveSmallIntegerField("intentos", default=0)
    due_at = models.DateTimeField("para")
    done_at = models.DateTimeField("hecho", null=True, blank=True)
    last_error = models.TextField("último error", blank=True)

    class Meta:
        abstract = True

    def acknowledge(self, *, now: datetime) -> None:
        """Mark the row done, in memory."""
        self.status, self.done_at, self.last_error = DeliveryStatus.DONE, now, ""

    def postpone(self, *, now: datetime, error: BaseException) -> None:
        """Count a failure and set the next try, or bury the row after the last one; in memory."""
        self.attempts += 1
        self.last_error = f"{type(error).__name__}: {error}"[:2000]
        if self.attempts >= MAX_ATTEMPTS:
            self.status = DeliveryStatus.DEAD
        else:
            self.due_at = now + pause_after(self.attempts)

    # The columns that `acknowledge` and `postpone` change.
    RECEIPT: ClassVar = ["status", "attempts", "due_at", "done_at", "last_error"]

    @classmethod
    def write_receipts(cls, batch: Sequence[Self], *, now: datetime) -> None:
        """Store what became of a batch: one statement for what is done, one for what is not."""
        if done := [row.pk for row in batch if row.status == DeliveryStatus.DONE]:
            execute(DONE.format(table=cls._meta.db_table), [now, done])
        failed = [row for row in batch if row.status != DeliveryStatus.DONE]
        if failed:
            cls._default_manager.bulk_update(failed, cls.RECEIPT)


class OutboxMessage(Deliverable):
    """One event owed to one subscriber. Ids grow, so an aggregate's deliveries have an order."""

    id: "models.BigAutoField[Any, Any]" = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField("evento")
    topic = models.CharField("tema", max_length=120)
    subscriber = models.CharField("suscriptor", max_length=120)
    aggregate = models.CharField("agregado", max_length=80)
    payload = models.JSONField("contenido")
    created_at = models.DateTimeField("creado", auto_now_add=True)

    class Meta:
        verbose_name = "mensaje saliente"
        verbose_name_plural = "mensajes salientes"
        constraints = [
            models.UniqueConstraint(
                name="core_outboxmessage_once_per_subscriber", fields=["event_id", "subscriber"]
            )
        ]
        indexes = [
            models.Index(
                name="core_outboxmessage_due", fields=["due_at"], condition=Q(status="PENDING")
            ),
            models.Index(
                name="core_outboxmessage_in_order",
                fields=["aggregate", "subscriber", "id"],
                condition=Q(status="PENDING"),
            ),
            models.Index(name="core_outboxmessage_purge", fields=["status", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.topic} → {self.subscriber}"
