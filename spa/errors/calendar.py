"""Why time cannot be kept free, worked or shown."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class ResourceNotFound(DomainError):
    code = "SPA-RESOURCE-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese recurso no existe.")


class StaffNotFound(DomainError):
    code = "SPA-STAFF-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Esa persona no es del equipo.")


class BlockNotFound(DomainError):
    code = "SPA-BLOCK-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese bloqueo no existe.")


class PeriodInvalid(DomainError):
    code = "SPA-PERIOD-INVALID"
    kind = Kind.INVALID
    message = _("El período debe terminar después de empezar y durar como máximo {days} días.")


class TimeBusy(DomainError):
    code = "SPA-TIME-BUSY"
    kind = Kind.CONFLICT
    message = _("En ese tiempo ya hay algo reservado. Muévelo primero u omite esas fechas.")


class FeedNotFound(DomainError):
    code = "SPA-FEED-NOT-FOUND"
    kind = Kind.NOT_FOUND
    message = _("Ese calendario no existe o su enlace fue revocado.")


class RuleInvalid(DomainError):
    code = "SPA-RULE-INVALID"
    kind = Kind.INVALID
    message = _("La regla de repetición no se entiende o no aplica: revisa {part}.")


class RuleTooLong(DomainError):
    code = "SPA-RULE-TOO-LONG"
    kind = Kind.INVALID
    message = _("Una repetición tiene como máximo {most} fechas, dentro de un año.")


class HoursInvalid(DomainError):
    code = "SPA-HOURS-INVALID"
    kind = Kind.INVALID
    message = _("Un horario debe terminar después de empezar.")
