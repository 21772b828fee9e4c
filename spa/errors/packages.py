"""Why a package cannot be bought or used."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class PackageNotFound(DomainError):
    code = "SPA-PACKAGE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese paquete no existe o no es tuyo.")


class PackageNotForSale(DomainError):
    code = "SPA-PACKAGE-NOT-FOR-SALE"
    kind = Kind.NOT_FOUND
    message = _("Ese paquete no está a la venta.")


class PackageNotForThis(DomainError):
    code = "SPA-PACKAGE-NOT-FOR-THIS"
    kind = Kind.INVALID
    message = _("Ese paquete no cubre lo que elegiste en esta sede.")


class PackageUsedUp(DomainError):
    code = "SPA-PACKAGE-USED-UP"
    kind = Kind.CONFLICT
    message = _("A ese paquete no le quedan sesiones disponibles.")


class PackageExpiresBefore(DomainError):
    code = "SPA-PACKAGE-EXPIRES-BEFORE"
    kind = Kind.INVALID
    message = _("Ese paquete vence antes de la fecha elegida.")


class PackageNothingToRefund(DomainError):
    code = "SPA-PACKAGE-NOTHING-TO-REFUND"
    kind = Kind.CONFLICT
    message = _("A ese paquete no le quedan sesiones por devolver.")


class PackageNotTransferable(DomainError):
    code = "SPA-PACKAGE-NOT-TRANSFERABLE"
    kind = Kind.CONFLICT
    message = _("Solo se cede a otra persona un paquete pagado, vigente y con sesiones.")
