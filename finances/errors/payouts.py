"""Refusals of commissions and payouts, and what the payouts provider answers."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind, ProviderUnavailable


class PayeeUnknown(DomainError):
    code = "FIN-PAYEE-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No hay una cuenta bancaria registrada para esa persona.")


class PayeeBankUnknown(DomainError):
    code = "FIN-PAYEE-BANK-UNKNOWN"
    kind = Kind.INVALID
    message = _("Elige un banco de la lista.")


class PayeeDetailsWrong(DomainError):
    code = "FIN-PAYEE-DETAILS-WRONG"
    kind = Kind.INVALID
    message = _("Revisa los datos del beneficiario: {reasons}")


class CommissionUnknown(DomainError):
    code = "FIN-COMMISSION-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa comisión.")


class CommissionTakenBack(DomainError):
    code = "FIN-COMMISSION-TAKEN-BACK"
    kind = Kind.CONFLICT
    message = _("Esa comisión ya está anulada, o anula a otra.")


class PayoutUnknown(DomainError):
    code = "FIN-PAYOUT-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese pago a terceros.")


class PayoutOver(DomainError):
    code = "FIN-PAYOUT-OVER"
    kind = Kind.CONFLICT
    message = _("Ese pago a terceros ya terminó.")


class NothingToPayOut(DomainError):
    code = "FIN-NOTHING-TO-PAY-OUT"
    kind = Kind.CONFLICT
    message = _("No hay nada por pagar: nadie llega a su mínimo, o ya está en camino.")


class PayoutRefused(DomainError):
    """The provider read the order and said no: as it is, it will never be taken."""

    code = "FIN-PAYOUT-REFUSED"
    kind = Kind.INVALID
    message = _("El proveedor de pagos rechazó el lote ({status} {reason}).")


class PayoutKeyUsed(DomainError):
    """The provider has seen the key: the batch may be there already. Look it up."""

    code = "FIN-PAYOUT-KEY-USED"
    kind = Kind.CONFLICT
    message = _("El proveedor ya recibió ese lote.")


class PayoutNotFound(ProviderUnavailable):
    """A signed event of a batch the provider does not know (yet): it is asked again later."""

    code = "FIN-PAYOUT-NOT-FOUND"
    message = _("El proveedor de pagos no conoce ese lote.")
