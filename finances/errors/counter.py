"""Refusals at the counter."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


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


class TipSharedUnevenly(DomainError):
    code = "FIN-TIP-SHARED-UNEVENLY"
    kind = Kind.INVALID
    message = _("Las partes de la propina deben sumar {tip} {currency}, sin fracciones.")
