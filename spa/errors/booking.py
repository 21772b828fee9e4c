"""Why a visit cannot be booked."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class SlotTaken(DomainError):
    code = "SPA-SLOT-TAKEN"
    kind = Kind.CONFLICT
    message = _("Ese horario acaba de ocuparse. Elige otro.")


class SlotNotOffered(DomainError):
    code = "SPA-SLOT-NOT-OFFERED"
    kind = Kind.INVALID
    message = _("En ese horario no se atiende. Elige uno de los disponibles.")


class SlotTooSoon(DomainError):
    code = "SPA-SLOT-TOO-SOON"
    kind = Kind.INVALID
    message = _("Reserva con al menos {minimum_notice_minutes} minutos de anticipación.")


class SlotTooFar(DomainError):
    code = "SPA-SLOT-TOO-FAR"
    kind = Kind.INVALID
    message = _("Solo se reserva hasta con {horizon_days} días de anticipación.")


class ServiceNotOffered(DomainError):
    code = "SPA-SERVICE-NOT-OFFERED"
    kind = Kind.NOT_FOUND
    message = _("Ese servicio no se ofrece aquí.")


class AddOnNotOffered(DomainError):
    code = "SPA-ADD-ON-NOT-OFFERED"
    kind = Kind.NOT_FOUND
    message = _("Ese adicional no se ofrece con estos servicios.")


class ServicesDoNotCombine(DomainError):
    code = "SPA-SERVICES-DO-NOT-COMBINE"
    kind = Kind.INVALID
    message = _("Esos servicios no se pueden reservar en una misma visita.")


class StaffNotAble(DomainError):
    code = "SPA-STAFF-NOT-ABLE"
    kind = Kind.INVALID
    message = _("Esa persona no presta todos los servicios elegidos en esta sede.")


class LocationNotFound(DomainError):
    code = "SPA-LOCATION-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa sede no existe.")


class LocationMissing(DomainError):
    code = "SPA-LOCATION-MISSING"
    kind = Kind.INVALID
    message = _("Elige una sede: hay varias.")


class RangeTooLong(DomainError):
    code = "SPA-RANGE-TOO-LONG"
    kind = Kind.INVALID
    message = _("Consulta como máximo {days} días por llamada, del primero al último.")


class ActiveLimitReached(DomainError):
    code = "SPA-ACTIVE-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Ya tienes el máximo de citas futuras: {limit}.")


class OpenHoldsLimitReached(DomainError):
    code = "SPA-HOLDS-LIMIT-REACHED"
    kind = Kind.CONFLICT
    message = _("Tienes {limit} reservas sin pagar. Paga una o espera a que venzan.")


class HourlyLimitReached(DomainError):
    code = "SPA-HOURLY-LIMIT-REACHED"
    kind = Kind.THROTTLED
    message = _("Hiciste {limit} reservas en la última hora. Intenta más tarde.")


class PriceChanged(DomainError):
    code = "SPA-PRICE-CHANGED"
    kind = Kind.CONFLICT
    message = _("El precio cambió mientras reservabas. Revísalo e intenta de nuevo.")


class DebtOpen(DomainError):
    code = "SPA-DEBT-OPEN"
    kind = Kind.CONFLICT
    message = _("Debes {amount} {currency} de una visita anterior. Págalos para reservar de nuevo.")
