"""Answers already given (CORE-02)."""

from django.db import models


class IdempotencyRecord(models.Model):
    """The answer to a caller's key; it exists exactly if the effect it answers for does."""

    id = models.BigAutoField(primary_key=True)
    caller = models.CharField("quien llama", max_length=80)
    key = models.CharField("clave", max_length=255)
    fingerprint = models.BinaryField("huella", max_length=32)
    status = models.PositiveSmallIntegerField("estado HTTP")
    content_type = models.CharField("tipo", max_length=80)
    body = models.BinaryField("respuesta")
    created_at = models.DateTimeField("creado", auto_now_add=True)

    class Meta:
        verbose_name = "respuesta idempotente"
        verbose_name_plural = "respuestas idempotentes"
        constraints = [
            models.UniqueConstraint(
                name="core_idempotencyrecord_once_per_key", fields=["caller", "key"]
            )
        ]
        indexes = [models.Index(name="core_idempotency_purge", fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
