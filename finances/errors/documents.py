"""Refusals about sales documents and receipts."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class DocumentUnknown(DomainError):
    code = "FIN-DOCUMENT-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese documento.")


class PaymentNotPaid(DomainError):
    code = "FIN-PAYMENT-NOT-PAID"
    kind = Kind.CONFLICT
    message = _("Ese pago todavía no tiene recibo: no se ha recibido el dinero.")
