"""Why visits cannot repeat as asked."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class SeriesConflicts(DomainError):
    code = "SPA-SERIES-CONFLICTS"
    kind = Kind.CONFLICT
    message = _("Hay días de la serie que no se pueden tener: {days}. No cambió nada.")


class SeriesNotFound(DomainError):
    code = "SPA-SERIES-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa serie de citas no existe.")


class OccurrenceNotFound(DomainError):
    code = "SPA-OCCURRENCE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("La serie no tiene una cita de ese día.")


class OccurrenceNotOnClock(DomainError):
    code = "SPA-OCCURRENCE-NOT-ON-CLOCK"
    kind = Kind.INVALID
    message = _("Ese día el reloj se adelanta y esa hora no existe.")


class SeriesOver(DomainError):
    code = "SPA-SERIES-OVER"
    kind = Kind.CONFLICT
    message = _("A la serie no le quedan citas por cambiar.")


class SeriesUnpaid(DomainError):
    code = "SPA-SERIES-UNPAID"
    kind = Kind.CONFLICT
    message = _("Primero hay que recibir el pago que deja la serie en firme.")


class SeriesNotPayable(DomainError):
    code = "SPA-SERIES-NOT-PAYABLE"
    kind = Kind.CONFLICT
    message = _("Esa serie no espera un pago.")
