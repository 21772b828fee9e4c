"""Proving a phone: what was asked for, what was sent, how often somebody guessed (USERS-02)."""

from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.models import BaseModel


class Purpose(models.TextChoices):
    """What a right code is good for."""

    SIGN_IN = "SIGN_IN", "Ingreso"
    RESET = "RESET", "Nueva contraseña"


class Channel(models.TextChoices):
    """How the code travels; the stored values are the provider's names."""

    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"


class SendStatus(models.TextChoices):
    """Where the message is."""

    QUEUED = "QUEUED", "En cola"
    IN_FLIGHT = "IN_FLIGHT", "Saliendo"
    SENT = "SENT", "Enviado"
    FAILED = "FAILED", "Rechazado"
    UNKNOWN = "UNKNOWN", "Sin respuesta"
    # Nobody is behind the phone: nothing is sent, and nobody can tell from outside.
    WITHHELD = "WITHHELD", "No se envía"


class OtpChallenge(BaseModel):
    """One request for a code. The code itself is the provider's secret: we never hold it."""

    phone = models.CharField("teléfono", max_length=16)
    purpose = models.CharField("para", max_length=8, choices=Purpose)
    channel = models.CharField("canal", max_length=8, choices=Channel)
    ip = models.GenericIPAddressField("dirección IP", null=True)
    requested_at = models.DateTimeField("pedido")
    expires_at = models.DateTimeField("vence")
    attempts = models.PositiveSmallIntegerField("intentos", default=0)
    locked_until = models.DateTimeField("bloqueado hasta", null=True)
    used_at = models.DateTimeField("usado", null=True)

    status = models.CharField("envío", max_length=9, choices=SendStatus)
    due_at = models.DateTimeField("enviar desde")
    claimed_at = models.DateTimeField("tomado", null=True)
    sends = models.PositiveSmallIntegerField("envíos intentados", default=0)
    unknown_sends = models.PositiveSmallIntegerField("envíos sin respuesta", default=0)
    provider_sid = models.CharField("identificador del proveedor", max_length=40, blank=True)
    provider_code = models.CharField("código del proveedor", max_length=10, blank=True)

    class Meta:
        verbose_name = "código de un solo uso"
        verbose_name_plural = "códigos de un solo uso"
        indexes = [
            models.Index(name="users_otpchallenge_newest", fields=["phone", "-requested_at"]),
            models.Index(name="users_otpchallenge_counted", fields=["requested_at"]),
            models.Index(
                name="users_otpchallenge_due",
                fields=["due_at"],
                condition=Q(status__in=["QUEUED", "IN_FLIGHT"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.requested_at:%Y-%m-%d %H:%M}"


class SignUp(models.Model):
    """What somebody wrote to register: an account once the phone is proven (ADR 0020)."""

    # The id the account will have: it is answered at once, before anything exists.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    challenge = models.OneToOneField(
        OtpChallenge, models.CASCADE, related_name="+", verbose_name="código"
    )
    phone = models.CharField("teléfono", max_length=16)
    first_name = models.CharField("nombre", max_length=80)
    last_name = models.CharField("apellido", max_length=80)
    email = models.EmailField("correo", blank=True)
    password = models.CharField("contraseña (hash)", max_length=128, blank=True)
    made_at = models.DateTimeField("hecho")

    class Meta:
        verbose_name = "registro por confirmar"
        verbose_name_plural = "registros por confirmar"
        indexes = [models.Index(name="users_signup_of_a_phone", fields=["phone", "-made_at"])]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
