"""The audit log: append-only and hash-chained (CORE-05)."""

from django.db import models


class AuditEntry(models.Model):
    """Who did what to what. Each entry's hash covers the one before; triggers refuse any change."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("cuándo")
    actor_id = models.UUIDField("quién", null=True, blank=True)
    action = models.CharField("acción", max_length=80)
    subject_kind = models.CharField("tipo", max_length=80)
    subject_id = models.CharField("identificador", max_length=80)
    facts = models.JSONField("datos", default=dict)
    previous_hash = models.CharField("huella anterior", max_length=64)
    hash = models.CharField("huella", max_length=64)

    class Meta:
        verbose_name = "registro de auditoría"
        verbose_name_plural = "registros de auditoría"
        indexes = [
            models.Index(name="core_auditentry_subject", fields=["subject_kind", "subject_id"]),
            models.Index(name="core_auditentry_action", fields=["action", "at"]),
        ]
        constraints = [
            models.UniqueConstraint(name="core_auditentry_one_chain", fields=["previous_hash"])
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_kind} {self.subject_id}"
