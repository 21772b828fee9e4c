"""Refusals about ways to pay that are kept (FIN-08)."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind
from finances.errors.charges import RefusedByGateway


class SourceUnknown(DomainError):
    code = "FIN-SOURCE-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese medio de pago guardado.")


class SourceNotUsable(DomainError):
    code = "FIN-SOURCE-NOT-USABLE"
    kind = Kind.CONFLICT
    message = _("Ese medio de pago no se puede usar ahora.")


class SourcesTooMany(DomainError):
    code = "FIN-SOURCES-TOO-MANY"
    kind = Kind.CONFLICT
    message = _("Ya guardas {limit} medios de pago. Retira uno primero.")


class SourceRefused(RefusedByGateway):
    code = "FIN-SOURCE-REFUSED"
    message = _("La pasarela no admite ese medio guardado. Guárdalo de nuevo.")


class SourceKeptAlready(RefusedByGateway):
    code = "FIN-SOURCE-KEPT-ALREADY"
    kind = Kind.CONFLICT
    message = _("Ya tenías guardado ese medio de pago.")


class WalletSaidNo(RefusedByGateway):
    code = "FIN-WALLET-SAID-NO"
    message = _("No autorizaste guardar la cuenta en la app, o pasó el tiempo.")


class SourceLost(RefusedByGateway):
    """Nobody knows whether the gateway kept it; nobody can charge it either."""

    code = "FIN-SOURCE-LOST"
    kind = Kind.UNAVAILABLE
    message = _("No pudimos guardar el medio de pago. Intenta de nuevo.")
