"""Refusals of the till."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class CashShiftUnknown(DomainError):
    code = "FIN-CASH-SHIFT-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese turno de caja.")


class CashLocationUnknown(DomainError):
    code = "FIN-CASH-LOCATION-UNKNOWN"
    kind = Kind.INVALID
    message = _("Elige una sede que exista.")


class CashShiftOpenAlready(DomainError):
    code = "FIN-CASH-SHIFT-OPEN-ALREADY"
    kind = Kind.CONFLICT
    message = _("Esa sede ya tiene un turno de caja abierto.")


class CashShiftClosed(DomainError):
    code = "FIN-CASH-SHIFT-CLOSED"
    kind = Kind.CONFLICT
    message = _("Ese turno de caja ya está cerrado.")


class CashShiftNeeded(DomainError):
    code = "FIN-CASH-SHIFT-NEEDED"
    kind = Kind.CONFLICT
    message = _("Abre un turno de caja en la sede antes de recibir efectivo.")


class CashAmountWrong(DomainError):
    code = "FIN-CASH-AMOUNT-WRONG"
    kind = Kind.INVALID
    message = _("Escribe un valor que se pueda contar en monedas y billetes.")
