"""Why there is no report."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class ReportDayUnreadable(DomainError):
    code = "FIN-REPORT-DAY-UNREADABLE"
    kind = Kind.INVALID
    message = _("Escribe el día como 2026-11-20.")


class ReportInTheFuture(DomainError):
    code = "FIN-REPORT-IN-THE-FUTURE"
    kind = Kind.INVALID
    message = _("Ese período todavía no empieza.")


class ReportFormUnknown(DomainError):
    code = "FIN-REPORT-FORM-UNKNOWN"
    kind = Kind.INVALID
    message = _("Un reporte se pide como uno de: {forms}.")


class ReportPlaceUnknown(DomainError):
    code = "FIN-REPORT-PLACE-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa sede.")
