"""Refusals of comparing our books with the providers', and of resolving what differs."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class ReconciliationUnknown(DomainError):
    code = "FIN-RECONCILIATION-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa conciliación.")


class ReconciliationTooEarly(DomainError):
    code = "FIN-RECONCILIATION-TOO-EARLY"
    kind = Kind.INVALID
    message = _("Ese día no ha terminado.")


class ReconciliationRunning(DomainError):
    code = "FIN-RECONCILIATION-RUNNING"
    kind = Kind.CONFLICT
    message = _("Ese día se está conciliando.")


class ReconciliationDone(DomainError):
    code = "FIN-RECONCILIATION-DONE"
    kind = Kind.CONFLICT
    message = _("Ese día ya está conciliado.")


class ReconciliationTaken(DomainError):
    """A worker took so long that another has begun the day again."""

    code = "FIN-RECONCILIATION-TAKEN"
    kind = Kind.CONFLICT
    message = _("Otro proceso concilia ese día.")


class DifferenceUnknown(DomainError):
    code = "FIN-DIFFERENCE-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa diferencia.")


class DifferenceOver(DomainError):
    code = "FIN-DIFFERENCE-OVER"
    kind = Kind.CONFLICT
    message = _("Esa diferencia ya terminó.")


class DifferenceNotProposed(DomainError):
    code = "FIN-DIFFERENCE-NOT-PROPOSED"
    kind = Kind.CONFLICT
    message = _("Nadie ha propuesto cómo resolver esa diferencia.")


class DifferenceProposed(DomainError):
    code = "FIN-DIFFERENCE-PROPOSED"
    kind = Kind.CONFLICT
    message = _("Esa diferencia espera que otra persona apruebe lo propuesto.")


class DifferenceNeedsAnother(DomainError):
    code = "FIN-DIFFERENCE-NEEDS-ANOTHER"
    kind = Kind.FORBIDDEN
    message = _("Quien propuso la solución no puede aprobarla.")


class DifferenceOfOneself(DomainError):
    code = "FIN-DIFFERENCE-OF-ONESELF"
    kind = Kind.FORBIDDEN
    message = _("Nadie se da saldo a sí mismo.")


class DifferenceOwnerWrong(DomainError):
    code = "FIN-DIFFERENCE-OWNER-WRONG"
    kind = Kind.INVALID
    message = _("Una diferencia se asigna a quien administra el estudio.")


class DifferenceWayWrong(DomainError):
    code = "FIN-DIFFERENCE-WAY-WRONG"
    kind = Kind.INVALID
    message = _("Esa diferencia no se resuelve así.")


class DifferenceNotSettled(DomainError):
    code = "FIN-DIFFERENCE-NOT-SETTLED"
    kind = Kind.CONFLICT
    message = _("El proveedor sigue diciendo lo mismo: la diferencia queda abierta.")
