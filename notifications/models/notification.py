"""What a person is told, as facts (NOTIF-02, NOTIF-06)."""

from django.db import models
from django.db.models import Q

from core.models import BaseModel

ONCE_PER_EVENT = "notifications_notification_once_per_event"


class Notification(BaseModel):
    """One message to one person. Facts, not words: it is rendered whenever it is sent or read."""

    person = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="persona"
    )
    template = models.CharField("plantilla", max_length=60)
    facts = models.JSONField("datos")
    event_id = models.UUIDField("evento")
    valid_until = models.DateTimeField("vigente hasta", null=True, blank=True)
    read_at = models.DateTimeField("leído", null=True, blank=True)

    class Meta:
        verbose_name = "mensaje"
        verbose_name_plural = "mensajes"
        constraints = [
            # What makes a redelivered event, or two hundred at once, one message (NA-36).
            models.UniqueConstraint(name=ONCE_PER_EVENT, fields=["event_id", "person", "template"])
        ]
        indexes = [
            # Ids are time-ordered: newest first is this index read backwards.
            models.Index(name="notifications_inbox", fields=["person", "id"]),
            models.Index(name="notifications_unread", fields=["person"], condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.created_at:%Y-%m-%d %H:%M}"
