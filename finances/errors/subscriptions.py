"""Refusals about memberships (FIN-08)."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class PlanUnknown(DomainError):
    code = "FIN-PLAN-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos ese plan.")


class PlanNotOffered(DomainError):
    code = "FIN-PLAN-NOT-OFFERED"
    kind = Kind.CONFLICT
    message = _("Ese plan no se ofrece ahora.")


class PlanIsTheSame(DomainError):
    code = "FIN-PLAN-IS-THE-SAME"
    kind = Kind.CONFLICT
    message = _("Ya tienes ese plan a ese precio.")


class SubscriptionUnknown(DomainError):
    code = "FIN-SUBSCRIPTION-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("No encontramos esa membresía.")


class SubscriptionLive(DomainError):
    code = "FIN-SUBSCRIPTION-LIVE"
    kind = Kind.CONFLICT
    message = _("Ya tienes una membresía.")


class SubscriptionForClients(DomainError):
    code = "FIN-SUBSCRIPTION-FOR-CLIENTS"
    kind = Kind.FORBIDDEN
    message = _("La membresía es para clientes: con tu cuenta no tendría beneficios.")


class SubscriptionOver(DomainError):
    code = "FIN-SUBSCRIPTION-OVER"
    kind = Kind.CONFLICT
    message = _("Esa membresía ya terminó. Puedes suscribirte de nuevo.")


class SubscriptionBusy(DomainError):
    """Something of it is being charged, and nobody knows yet what that comes to."""

    code = "FIN-SUBSCRIPTION-BUSY"
    kind = Kind.CONFLICT
    message = _("Hay un cobro de la membresía en curso. Espera su resultado e intenta de nuevo.")


class SubscriptionNotDue(DomainError):
    code = "FIN-SUBSCRIPTION-NOT-DUE"
    kind = Kind.CONFLICT
    message = _("A esa membresía no hay nada que cobrarle ahora.")


class PlanChangeNotNow(DomainError):
    code = "FIN-PLAN-CHANGE-NOT-NOW"
    kind = Kind.CONFLICT
    message = _("El plan se puede cambiar con la membresía al día y antes de renovar el mes.")
