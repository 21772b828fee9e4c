"""What the studio remembers of a client."""

from django.db import models

from core.models import BaseModel
from spa.models.staff import StaffMember


class ClientRecord(BaseModel):
    """Whom a client likes to be served by: who they last asked for by name."""

    client = models.OneToOneField(
        "users.User", models.CASCADE, related_name="+", verbose_name="cliente"
    )
    preferred_staff = models.ForeignKey(
        StaffMember,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="personal preferido",
    )

    class Meta:
        verbose_name = "preferencia de cliente"
        verbose_name_plural = "preferencias de clientes"

    def __str__(self) -> str:
        return str(self.client_id)
