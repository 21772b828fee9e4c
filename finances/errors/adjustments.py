"""Refusals about credit that is given or taken by hand."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class AdjustmentUnknown(DomainError):
    code = "FIN-ADJUSTMENT-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese ajuste.")


class AdjustmentAmountWrong(DomainError):
    code = "FIN-ADJUSTMENT-AMOUNT-WRONG"
    kind = Kind.INVALID
    message = _("El ajuste no puede ser cero ni llevar fracciones de la moneda.")


class AdjustmentTooLarge(DomainError):
    code = "FIN-ADJUSTMENT-TOO-LARGE"
    kind = Kind.INVALID
    message = _("Un ajuste es de {limit} como máximo.")


class AdjustmentTakesTooMuch(DomainError):
    code = "FIN-ADJUSTMENT-TAKES-TOO-MUCH"
    kind = Kind.CONFLICT
    message = _("El cliente solo tiene {available} {currency} de saldo disponible.")


class AdjustmentOfOneself(DomainError):
    code = "FIN-ADJUSTMENT-OF-ONESELF"
    kind = Kind.FORBIDDEN
    message = _("Nadie ajusta su propio saldo.")


class AdjustmentNeedsAnother(DomainError):
    code = "FIN-ADJUSTMENT-NEEDS-ANOTHER"
    kind = Kind.FORBIDDEN
    message = _("Quien pidió el ajuste no puede aprobarlo.")


class AdjustmentDecided(DomainError):
    code = "FIN-ADJUSTMENT-DECIDED"
    kind = Kind.CONFLICT
    message = _("Ese ajuste ya está resuelto.")
