"""Refusals of charges by API: ours, and the gateway's in the words of the person (FIN-01)."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class PaymentNotPayable(DomainError):
    code = "FIN-PAYMENT-NOT-PAYABLE"
    kind = Kind.CONFLICT
    message = _("Ese pago ya no se puede pagar.")


class ChargeOpen(DomainError):
    code = "FIN-CHARGE-OPEN"
    kind = Kind.CONFLICT
    message = _("Ya hay un cobro en curso para este pago. Espera su resultado.")


class ChargeTriesUsed(DomainError):
    code = "FIN-CHARGE-TRIES-USED"
    kind = Kind.CONFLICT
    message = _("Este pago ya se intentó {limit} veces. Escríbenos para ayudarte.")


class ChargeNoneYet(DomainError):
    code = "FIN-CHARGE-NONE-YET"
    kind = Kind.CONFLICT
    message = _("Este pago todavía no se ha intentado: elige con qué pagar.")


class ChargeDataMissing(DomainError):
    code = "FIN-CHARGE-DATA-MISSING"
    kind = Kind.INVALID
    message = _("Para pagar con ese medio hace falta: {fields}.")


class EmailNeeded(DomainError):
    code = "FIN-EMAIL-NEEDED"
    kind = Kind.INVALID
    message = _("Escribe un correo: la pasarela envía allí el comprobante.")


class RefusedByGateway(DomainError):
    """The gateway says what is wrong with a charge; nothing was taken."""

    code = "FIN-CHARGE-REFUSED"
    kind = Kind.INVALID
    message = _("La pasarela de pagos no admitió el cobro. Revisa los datos o usa otro medio.")


class CardTokenUsed(RefusedByGateway):
    code = "FIN-CARD-TOKEN-USED"
    message = _("Vuelve a escribir los datos de la tarjeta: sirven para un solo intento.")


class InstallmentsWrong(RefusedByGateway):
    code = "FIN-INSTALLMENTS-WRONG"
    message = _("Ese número de cuotas no sirve para esta tarjeta.")


class AcceptanceUsed(RefusedByGateway):
    code = "FIN-ACCEPTANCE-USED"
    message = _("Acepta de nuevo los términos de la pasarela: cada aceptación sirve una vez.")


class ReferenceUsed(RefusedByGateway):
    """Somebody paid, or pays this moment, at the checkout page: the poller finds it."""

    code = "FIN-REFERENCE-USED"
    kind = Kind.CONFLICT
    message = _("Ya hay un intento de este pago en la pasarela. Mira su resultado en un momento.")


class MethodNotEnabled(RefusedByGateway):
    code = "FIN-METHOD-NOT-ENABLED"
    message = _("Ese medio de pago no está disponible aquí. Elige otro.")


class WalletPhoneWrong(RefusedByGateway):
    code = "FIN-WALLET-PHONE-WRONG"
    message = _("Revisa el número de celular de la billetera: son diez dígitos.")


class BankUnknown(RefusedByGateway):
    code = "FIN-BANK-UNKNOWN"
    message = _("Ese banco no está en la lista de PSE. Elígelo de nuevo.")


class DocumentWrong(RefusedByGateway):
    code = "FIN-DOCUMENT-WRONG"
    message = _("Revisa el tipo y el número de documento.")


class PayerDataWrong(RefusedByGateway):
    code = "FIN-PAYER-DATA-WRONG"
    message = _("Revisa el nombre y el teléfono de quien paga.")


class EmailWrong(RefusedByGateway):
    code = "FIN-EMAIL-WRONG"
    message = _("Revisa el correo: la pasarela no lo admite.")


class AmountRefused(RefusedByGateway):
    code = "FIN-AMOUNT-REFUSED"
    message = _("La pasarela no admite ese valor con este medio.")


class PaymentTooLate(RefusedByGateway):
    code = "FIN-PAYMENT-TOO-LATE"
    kind = Kind.CONFLICT
    message = _("Se acabó el tiempo para pagar.")


class ChargeDeclined(RefusedByGateway):
    """The gateway took the order, and the bank said no."""

    code = "FIN-CHARGE-DECLINED"
    message = _("Tu banco o tu billetera rechazó el pago. Intenta con otro medio.")


class ChargeMethodFailed(RefusedByGateway):
    code = "FIN-CHARGE-METHOD-FAILED"
    kind = Kind.UNAVAILABLE
    message = _("El medio de pago falló y no se cobró nada. Intenta de nuevo.")


class ChargeLost(RefusedByGateway):
    """The gateway knows nothing of it."""

    code = "FIN-CHARGE-LOST"
    kind = Kind.UNAVAILABLE
    message = _("El cobro no llegó a la pasarela y no se cobró nada. Intenta de nuevo.")
