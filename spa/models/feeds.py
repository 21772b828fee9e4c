"""Calendars that leave the house, and calendars that come into it (RFC 5545)."""

from django.db import models
from django.db.models import Q

from core.crypto import EncryptedTextField
from core.models import BaseModel
from spa.models.staff import StaffMember


class CalendarFeed(BaseModel):
    """A secret address under which a person's own calendar can be subscribed to.

    Only a digest of the token is kept: whoever reads the table cannot read a calendar.
    """

    person = models.ForeignKey(
        "users.User", models.CASCADE, related_name="+", verbose_name="persona"
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    revoked_at = models.DateTimeField("revocado", null=True, blank=True)

    class Meta:
        verbose_name = "suscripción de calendario"
        verbose_name_plural = "suscripciones de calendario"
        constraints = [
            models.UniqueConstraint(
                name="spa_calendarfeed_one_open",
                fields=["person"],
                condition=Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class CalendarImport(BaseModel):
    """Somebody's calendar elsewhere: what it says is busy is busy here too."""

    staff = models.ForeignKey(
        StaffMember, models.CASCADE, related_name="+", verbose_name="personal"
    )
    name = models.CharField("nombre", max_length=80)
    # Addresses of private calendars are secrets.
    url = EncryptedTextField("dirección (https)")
    is_active = models.BooleanField("activa", default=True)
    next_fetch_at = models.DateTimeField("próxima lectura", null=True, blank=True)
    fetched_at = models.DateTimeField("última lectura", null=True, blank=True, editable=False)
    busy_count = models.PositiveIntegerField("tramos ocupados", default=0, editable=False)
    problem = models.CharField("problema", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "calendario externo"
        verbose_name_plural = "calendarios externos"
        indexes = [
            models.Index(
                name="spa_calendarimport_due",
                fields=["next_fetch_at"],
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name
