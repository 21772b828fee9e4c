"""Refusals of vouchers."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class VoucherUnknown(DomainError):
    code = "FIN-VOUCHER-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("Ese cupón no existe.")


class VoucherNotValidNow(DomainError):
    code = "FIN-VOUCHER-NOT-VALID-NOW"
    kind = Kind.INVALID
    message = _("Ese cupón todavía no sirve o ya venció.")


class VoucherUsedUp(DomainError):
    code = "FIN-VOUCHER-USED-UP"
    kind = Kind.CONFLICT
    message = _("Ese cupón ya se agotó.")


class VoucherLimitReached(DomainError):
    code = "FIN-VOUCHER-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya usaste ese cupón las veces permitidas: {limit}.")


class VoucherNotForThis(DomainError):
    code = "FIN-VOUCHER-NOT-FOR-THIS"
    kind = Kind.INVALID
    message = _("Ese cupón no sirve para lo que elegiste.")


class VoucherSpendTooLittle(DomainError):
    code = "FIN-VOUCHER-SPEND-TOO-LITTLE"
    kind = Kind.INVALID
    message = _("Ese cupón sirve desde {minimum} {currency} de compra.")


class VoucherDoesNotCombine(DomainError):
    code = "FIN-VOUCHER-DOES-NOT-COMBINE"
    kind = Kind.INVALID
    message = _("El cupón {voucher} no se combina con {other}.")
