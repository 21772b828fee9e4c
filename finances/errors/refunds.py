"""Refusals about money that goes back, ours and the gateway's."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind, ProviderUnavailable


class RefundUnknown(DomainError):
    code = "FIN-REFUND-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa devolución.")


class RefundAmountWrong(DomainError):
    code = "FIN-REFUND-AMOUNT-WRONG"
    kind = Kind.INVALID
    message = _("La devolución debe ser mayor que cero y sin fracciones de la moneda.")


class RefundTooMuch(DomainError):
    code = "FIN-REFUND-TOO-MUCH"
    kind = Kind.CONFLICT
    message = _("De ese pago quedan {left} {currency} por devolver.")


class RefundNotPaid(DomainError):
    code = "FIN-REFUND-NOT-PAID"
    kind = Kind.CONFLICT
    message = _("Ese pago no está aprobado: no hay nada que devolver.")


class RefundNoCredit(DomainError):
    code = "FIN-REFUND-NO-CREDIT"
    kind = Kind.CONFLICT
    message = _("El cliente solo tiene {available} {currency} de saldo disponible.")


class RefundWayWrong(DomainError):
    code = "FIN-REFUND-WAY-WRONG"
    kind = Kind.INVALID
    message = _("Ese dinero no puede devolverse de esa forma.")


class RefundPlaceMissing(DomainError):
    code = "FIN-REFUND-PLACE-MISSING"
    kind = Kind.INVALID
    message = _("Indica en qué sede se entrega el efectivo.")


class RefundOfOneself(DomainError):
    code = "FIN-REFUND-OF-ONESELF"
    kind = Kind.FORBIDDEN
    message = _("Nadie se devuelve dinero a sí mismo.")


class RefundNeedsAnother(DomainError):
    code = "FIN-REFUND-NEEDS-ANOTHER"
    kind = Kind.FORBIDDEN
    message = _("Quien pidió la devolución no puede aprobarla.")


class RefundDecided(DomainError):
    code = "FIN-REFUND-DECIDED"
    kind = Kind.CONFLICT
    message = _("Esa devolución ya está resuelta.")


class RefundStillLookedUp(DomainError):
    code = "FIN-REFUND-STILL-LOOKED-UP"
    kind = Kind.CONFLICT
    message = _("Todavía la consultamos en la pasarela: solo se decide a mano cuando ya no.")


class RefundRefused(DomainError):
    """The gateway gives nothing back for this, now or later."""

    code = "FIN-REFUND-REFUSED"
    kind = Kind.CONFLICT
    message = _("La pasarela de pagos no admite la devolución ({reason}).")


class RefundLookUpMissing(ProviderUnavailable):
    """The gateway does not know how to look a refund up: only a person can."""

    code = "FIN-REFUND-LOOK-UP-MISSING"
    message = _("La pasarela de pagos no deja consultar devoluciones.")
