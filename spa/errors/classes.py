"""Why a class cannot be joined, left or given."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class ClassNotFound(DomainError):
    code = "SPA-CLASS-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa clase no existe.")


class ClassCancelled(DomainError):
    code = "SPA-CLASS-CANCELLED"
    kind = Kind.CONFLICT
    message = _("Esta clase fue cancelada.")


class ClassStarted(DomainError):
    code = "SPA-CLASS-STARTED"
    kind = Kind.CONFLICT
    message = _("Esta clase ya empezó.")


class ClassOver(DomainError):
    code = "SPA-CLASS-OVER"
    kind = Kind.CONFLICT
    message = _("Esta clase ya se dictó.")


class ClassNotStarted(DomainError):
    code = "SPA-CLASS-NOT-STARTED"
    kind = Kind.CONFLICT
    message = _("La asistencia se toma cuando la clase ha empezado.")


class ClassFull(DomainError):
    code = "SPA-CLASS-FULL"
    kind = Kind.CONFLICT
    message = _("No quedan cupos en esta clase.")


class AlreadyInClass(DomainError):
    code = "SPA-CLASS-ALREADY-IN"
    kind = Kind.CONFLICT
    message = _("Ya estás en esta clase o en su lista de espera.")


class NotInClass(DomainError):
    code = "SPA-CLASS-NOT-IN"
    kind = Kind.NOT_FOUND
    message = _("No estás en esta clase.")


class SeatNotPayable(DomainError):
    code = "SPA-CLASS-SEAT-NOT-PAYABLE"
    kind = Kind.CONFLICT
    message = _("Ese cupo no espera un pago.")


class NotOnClassList(DomainError):
    code = "SPA-CLASS-NOT-ON-LIST"
    kind = Kind.INVALID
    message = _("Hay asistentes que no están inscritos en esta clase.")


class InstructorBusy(DomainError):
    code = "SPA-INSTRUCTOR-BUSY"
    kind = Kind.CONFLICT
    message = _("Esa persona está ocupada o no trabaja a esa hora.")


class InstructorNotAble(DomainError):
    code = "SPA-INSTRUCTOR-NOT-ABLE"
    kind = Kind.INVALID
    message = _("Esa persona no puede dictar esta clase.")
