"""Request counts for the time in which the cache is away (CORE-03)."""

from django.db import models


class ThrottleCounter(models.Model):
    """How often one identity used one scope within one window."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=160)
    window = models.BigIntegerField()
    hits = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "contador de solicitudes"
        verbose_name_plural = "contadores de solicitudes"
        constraints = [
            models.UniqueConstraint(name="core_throttlecounter_once", fields=["key", "window"])
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.hits}"
