"""Sessions: one row per login (USERS-04)."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from core.models import BaseModel
from users.models.user import User


class SessionEnd(models.TextChoices):
    """Why a session ended."""

    LOGOUT = "LOGOUT", "Cierre de sesión"
    ENDED_BY_PERSON = "ENDED_BY_PERSON", "Cerrada por la persona"
    ENDED_BY_ADMIN = "ENDED_BY_ADMIN", "Cerrada por administración"
    PASSWORD_CHANGED = "PASSWORD_CHANGED", "Cambio de contraseña"
    REFRESH_REUSED = "REFRESH_REUSED", "Token de renovación repetido"
    BARRED = "BARRED", "Cuenta inhabilitada"


class SessionQuerySet(models.QuerySet["Session"]):
    """Filters of sessions."""

    def live(self, *, now: datetime) -> "SessionQuerySet":
        """Those that still sign requests."""
        return self.filter(ended_at=None, expires_at__gt=now)


class Session(BaseModel):
    """A login on one device. `refresh_jti` names the one refresh token that is good for it now."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="persona")
    refresh_jti = models.UUIDField("token de renovación vigente", editable=False)
    device = models.CharField("dispositivo", max_length=80)
    ip = models.GenericIPAddressField("dirección IP", null=True)
    started_at = models.DateTimeField("inicio")
    last_seen_at = models.DateTimeField("última actividad")
    expires_at = models.DateTimeField("vence")
    ended_at = models.DateTimeField("terminada", null=True, blank=True)
    end_reason = models.CharField("motivo", max_length=16, choices=SessionEnd, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = "sesión"
        verbose_name_plural = "sesiones"
        constraints = [
            models.CheckConstraint(
                name="users_session_ends_with_a_reason",
                condition=Q(ended_at=None, end_reason="")
                | Q(ended_at__isnull=False) & ~Q(end_reason=""),
            )
        ]
        indexes = [
            models.Index(
                name="users_session_of_a_person",
                fields=["user", "started_at"],
                condition=Q(ended_at=None),
            ),
            models.Index(name="users_session_purge", fields=["expires_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.started_at:%Y-%m-%d %H:%M}"
