"""Why a month cannot be closed, or looked at."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class MonthNotOver(DomainError):
    code = "FIN-MONTH-NOT-OVER"
    kind = Kind.CONFLICT
    message = _("Ese mes todavía no termina: se puede cerrar desde una hora después.")


class MonthOutOfOrder(DomainError):
    code = "FIN-MONTH-OUT-OF-ORDER"
    kind = Kind.CONFLICT
    message = _("Los meses se cierran en orden: sigue {month}.")


class MonthNotClosed(DomainError):
    code = "FIN-MONTH-NOT-CLOSED"
    kind = Kind.NOT_FOUND
    message = _("Ese mes no está cerrado.")


class LedgerBusy(DomainError):
    code = "FIN-LEDGER-BUSY"
    kind = Kind.CONFLICT
    message = _("Hay movimientos en curso. Intenta de nuevo en un momento.")


class MonthUnreadable(DomainError):
    code = "FIN-MONTH-UNREADABLE"
    kind = Kind.INVALID
    message = _("Escribe el mes como 2026-11.")
