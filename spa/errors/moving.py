"""Why a visit cannot be moved."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class VisitNotMovable(DomainError):
    code = "SPA-VISIT-NOT-MOVABLE"
    kind = Kind.CONFLICT
    message = _("Una cita en estado «{status}» ya no se puede reprogramar.")


class MovesUsedUp(DomainError):
    code = "SPA-MOVES-USED-UP"
    kind = Kind.CONFLICT
    message = _("Esta cita ya se reprogramó las {limit} veces que se puede. Habla con el estudio.")


class MoveTooLate(DomainError):
    code = "SPA-MOVE-TOO-LATE"
    kind = Kind.CONFLICT
    message = _("Esta cita se podía reprogramar hasta {until}. Habla con el estudio.")
