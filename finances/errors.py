"""Refusals of finances."""

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


class CounterMethodUnknown(DomainError):
    code = "FIN-COUNTER-METHOD-UNKNOWN"
    kind = Kind.INVALID
    message = _("Elige cómo se recibió el dinero: {methods}.")


class CounterAmountWrong(DomainError):
    code = "FIN-COUNTER-AMOUNT-WRONG"
    kind = Kind.INVALID
    message = _("Registra un valor o una propina mayor que cero, sin fracciones de la moneda.")


class TipForNobody(DomainError):
    code = "FIN-TIP-FOR-NOBODY"
    kind = Kind.INVALID
    message = _("Indica para quién es la propina.")


class VoucherUnknown(DomainError):
    code = "FIN-VOUCHER-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("Ese cupón no existe.")


class VoucherNotValidNow(DomainError):
    code = "FIN-VOUCHER-NOT-VALID-NOW"
    kind = Kind.INVALID
    message = _("Ese cupón todavía no sirve o ya venció.")


class VoucherUsedUp(DomainError):
    code = "FIN-VOUCHER-USED-UP"
    kind = Kind.CONFLICT
    message = _("Ese cupón ya se agotó.")


class VoucherLimitReached(DomainError):
    code = "FIN-VOUCHER-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya usaste ese cupón las veces permitidas: {limit}.")


class VoucherNotForThis(DomainError):
    code = "FIN-VOUCHER-NOT-FOR-THIS"
    kind = Kind.INVALID
    message = _("Ese cupón no sirve para lo que elegiste.")


class VoucherSpendTooLittle(DomainError):
    code = "FIN-VOUCHER-SPEND-TOO-LITTLE"
    kind = Kind.INVALID
    message = _("Ese cupón sirve desde {minimum} {currency} de compra.")
