"""What this app refuses."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class NotificationNotFound(DomainError):
    code = "NOTIF-NOTIFICATION-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese mensaje no existe.")


class WebhookSignatureWrong(DomainError):
    code = "NOTIF-WEBHOOK-SIGNATURE"
    kind = Kind.UNAUTHENTICATED
    message = _("La firma del aviso no corresponde.")


class WebhookVerificationRefused(DomainError):
    code = "NOTIF-WEBHOOK-VERIFICATION"
    kind = Kind.FORBIDDEN
    message = _("El token de verificación no corresponde.")
