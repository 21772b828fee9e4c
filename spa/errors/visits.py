"""Why a visit cannot be changed, paid, or held against its client."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class AppointmentNotFound(DomainError):
    code = "SPA-APPOINTMENT-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa cita no existe.")


class TransitionRefused(DomainError):
    code = "SPA-TRANSITION-REFUSED"
    kind = Kind.CONFLICT
    message = _("La cita no puede pasar de «{current}» a «{target}».")


class VisitBegun(DomainError):
    code = "SPA-VISIT-BEGUN"
    kind = Kind.CONFLICT
    message = _("La cita ya empezó. Habla con el estudio.")


class VisitNotBegun(DomainError):
    code = "SPA-VISIT-NOT-BEGUN"
    kind = Kind.CONFLICT
    message = _("La cita todavía no empieza.")


class VisitOnAnotherDay(DomainError):
    """Somebody else's visit was meant, or another one of the same person."""

    code = "SPA-VISIT-ON-ANOTHER-DAY"
    kind = Kind.CONFLICT
    message = _("Esa cita es el {day}: hoy no se puede registrar.")


class ReasonMissing(DomainError):
    code = "SPA-REASON-MISSING"
    kind = Kind.INVALID
    message = _("Escribe el motivo.")


class VisitNotPayable(DomainError):
    code = "SPA-VISIT-NOT-PAYABLE"
    kind = Kind.CONFLICT
    message = _("A una cita en estado «{status}» no se le reciben pagos así.")


class NothingOwed(DomainError):
    code = "SPA-NOTHING-OWED"
    kind = Kind.CONFLICT
    message = _("La cita ya está pagada.")


class PaysTooMuch(DomainError):
    code = "SPA-PAYS-TOO-MUCH"
    kind = Kind.INVALID
    message = _("De la cita solo se deben {outstanding} {currency}.")


class DepositShort(DomainError):
    code = "SPA-DEPOSIT-SHORT"
    kind = Kind.INVALID
    message = _("Para confirmar la cita se necesitan al menos {due} {currency}.")


class StrikeNotFound(DomainError):
    code = "SPA-STRIKE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa falta no existe.")


class StrikeIsWaived(DomainError):
    code = "SPA-STRIKE-WAIVED"
    kind = Kind.CONFLICT
    message = _("Esa falta ya está perdonada.")


class AppealFiled(DomainError):
    code = "SPA-APPEAL-FILED"
    kind = Kind.CONFLICT
    message = _("Ya apelaste esa falta.")


class AppealNotOpen(DomainError):
    code = "SPA-APPEAL-NOT-OPEN"
    kind = Kind.CONFLICT
    message = _("No hay una apelación por decidir.")
