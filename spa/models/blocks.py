"""Time that is blocked: maintenance of a room, a person's leave, whatever the desk keeps free."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel
from spa.models.resources import Resource


class BlockKind(models.TextChoices):
    """Why time is blocked."""

    MAINTENANCE = "maintenance", "Mantenimiento"
    TIME_OFF = "time_off", "Ausencia"
    OTHER = "other", "Otro"


class Block(BaseModel):
    """A resource is not to be booked from `starts_at` to `ends_at`, and again by `rule`.

    `rule` is an RFC 5545 recurrence on the wall clock of `timezone`; empty means once.
    """

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+", verbose_name="recurso")
    kind = models.CharField("tipo", max_length=12, choices=BlockKind)
    reason = models.CharField("motivo", max_length=200, blank=True)
    starts_at = models.DateTimeField("desde")
    ends_at = models.DateTimeField("hasta")
    timezone = models.CharField("zona horaria", max_length=64)
    rule = models.CharField("repetición (RFC 5545)", max_length=200, blank=True)
    created_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, verbose_name="creado por"
    )
    lifted_at = models.DateTimeField("levantado", null=True, blank=True)

    class Meta:
        verbose_name = "bloqueo"
        verbose_name_plural = "bloqueos"
        constraints = [
            models.CheckConstraint(
                name="spa_block_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [
            models.Index(name="spa_block_of_resource", fields=["resource", "-starts_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d %H:%M}"


class OccurrenceStatus(models.TextChoices):
    """Whether a repetition has its time."""

    TAKEN = "taken", "Bloqueado"
    REFUSED = "refused", "En conflicto"
    LIFTED = "lifted", "Levantado"


class BlockOccurrence(BaseModel):
    """One time a block happens. Refused: something was booked there first, the desk decides."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="occurrences")
    starts_at = models.DateTimeField("desde")
    ends_at = models.DateTimeField("hasta")
    status = models.CharField("estado", max_length=8, choices=OccurrenceStatus)

    class Meta:
        verbose_name = "repetición de un bloqueo"
        verbose_name_plural = "repeticiones de un bloqueo"
        constraints = [
            models.UniqueConstraint(name="spa_blockoccurrence_once", fields=["block", "starts_at"]),
            models.CheckConstraint(
                name="spa_blockoccurrence_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.get_status_display()}"
