"""Refusals about payments online, and what the gateway answers."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind, ProviderUnavailable


class PaymentUnknown(DomainError):
    code = "FIN-PAYMENT-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese pago.")


class WebhookSignatureWrong(DomainError):
    code = "FIN-WEBHOOK-SIGNATURE"
    kind = Kind.UNAUTHENTICATED
    message = _("La firma del evento no corresponde.")


class GatewayRefused(ProviderUnavailable):
    """A 4xx: our keys or our question are wrong; waiting will not help, somebody has to look."""

    code = "FIN-GATEWAY-REFUSED"
    message = _("La pasarela de pagos rechazó la consulta ({status} {reason}).")


class GatewayAnswerOdd(ProviderUnavailable):
    """An answer we cannot read: nothing is decided on it."""

    code = "FIN-GATEWAY-ANSWER-ODD"
    message = _("La pasarela de pagos respondió algo que no entendemos.")


class TransactionNotFound(ProviderUnavailable):
    """A signed event of a transaction the gateway does not know (yet): it is asked again later."""

    code = "FIN-TRANSACTION-NOT-FOUND"
    message = _("La pasarela de pagos no conoce esa transacción.")


class PaymentSettled(DomainError):
    code = "FIN-PAYMENT-SETTLED"
    kind = Kind.CONFLICT
    message = _("Ese pago ya está resuelto.")
