"""Why somebody cannot wait, or have what was offered."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class WaitlistOff(DomainError):
    code = "SPA-WAITLIST-OFF"
    kind = Kind.CONFLICT
    message = _("La lista de espera no está activa.")


class WaitlistLimitReached(DomainError):
    code = "SPA-WAITLIST-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya estás {limit} veces en la lista de espera. Retírate de una para anotarte.")


class WaitlistDaysInvalid(DomainError):
    code = "SPA-WAITLIST-DAYS-INVALID"
    kind = Kind.INVALID
    message = _("Elige fechas desde hoy y como máximo de aquí a {horizon_days} días.")


class WaitlistTimeFree(DomainError):
    code = "SPA-WAITLIST-TIME-FREE"
    kind = Kind.CONFLICT
    message = _("No hace falta esperar: hay horarios libres como los que buscas. Reserva uno.")


class WaitlistEntryNotFound(DomainError):
    code = "SPA-WAITLIST-ENTRY-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Eso no está en la lista de espera.")


class WaitlistEntryClosed(DomainError):
    code = "SPA-WAITLIST-ENTRY-CLOSED"
    kind = Kind.CONFLICT
    message = _("Esta espera ya terminó.")


class OfferNotFound(DomainError):
    code = "SPA-OFFER-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa oferta no existe.")


class OfferExpired(DomainError):
    code = "SPA-OFFER-EXPIRED"
    kind = Kind.CONFLICT
    message = _("El plazo para aceptar este horario terminó. Sigues en la lista de espera.")


class OfferClosed(DomainError):
    code = "SPA-OFFER-CLOSED"
    kind = Kind.CONFLICT
    message = _("Esta oferta ya fue respondida.")


class OfferOutdated(DomainError):
    code = "SPA-OFFER-OUTDATED"
    kind = Kind.CONFLICT
    message = _(
        "Lo que se ofreció cambió desde entonces. Recházalo y sigues en la lista de espera."
    )
