"""Putting everything away by the house's own ways, so that the books stay true.

What happened stays on record: visits and classes are cancelled, packages given back, accounts
closed. Nothing is deleted, as nothing of the studio's ever is.
"""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Location
from spa.domain.classes import SessionStatus
from spa.domain.lifecycle import AHEAD
from spa.models import (
    Appointment,
    ClassSchedule,
    ClassSession,
    ClassType,
    ClientPackage,
    Resource,
    Service,
    StaffMember,
)
from spa.services.cancellation import cancel_appointment
from spa.services.classes import cancel_session
from spa.services.packages import refund_package
from spa.steps.cancelling import Cancelling
from studiozens.proof.crowd import dismiss, host
from studiozens.proof.ground import NAME, SLUG


@dataclass(frozen=True, slots=True)
class Left:
    """What was put away."""

    visits: int
    classes: int
    packages: int


def put_away() -> Left:
    """Close all that a proof has opened, this one or one that was killed. May be repeated."""
    actor = host()
    _hide()
    left = Left(_cancel_visits(actor), _cancel_classes(actor), _give_packages_back(actor))
    dismiss(now=timezone.now())
    return left


def _hide() -> None:
    ours = {"name__startswith": f"{NAME}: "}
    Location.objects.filter(slug=SLUG).update(is_open_to_public=False)
    Service.objects.filter(**ours).update(is_online_bookable=False)
    StaffMember.objects.filter(resource__name__startswith=f"{NAME}: ").update(is_bookable=False)
    Resource.objects.filter(**ours).update(is_active=False)
    ClassSchedule.objects.filter(location__slug=SLUG).update(is_active=False)
    ClassType.objects.filter(**ours).update(is_active=False)


def _cancel_visits(actor: UUID) -> int:
    why = Cancelling(actor_id=actor, by_staff=True, is_waived=True, reason=_("Fin de la prueba"))
    ahead = Appointment.objects.filter(location__slug=SLUG, status__in=AHEAD)
    cancel = partial(cancel_appointment, client_id=None, why=why)
    ids = list(ahead.order_by("pk").values_list("pk", flat=True))
    for visit_id in ids:
        cancel(appointment_id=visit_id, now=timezone.now())
    return len(ids)


def _cancel_classes(actor: UUID) -> int:
    cancel = partial(cancel_session, reason=_("Fin de la prueba"), actor_id=actor)
    ahead = ClassSession.objects.filter(
        location__slug=SLUG, status=SessionStatus.SCHEDULED.value, starts_at__gt=timezone.now()
    )
    ids = list(ahead.order_by("pk").values_list("pk", flat=True))
    for session_id in ids:
        cancel(session_id=session_id, now=timezone.now())
    return len(ids)


def _give_packages_back(actor: UUID) -> int:
    refund = partial(refund_package, reason=_("Fin de la prueba"), actor_id=actor)
    mine = ClientPackage.objects.filter(package__name__startswith=f"{NAME}: ", sessions_left__gt=0)
    ids = list(mine.order_by("pk").values_list("pk", flat=True))
    for package_id in ids:
        refund(client_package_id=package_id, now=timezone.now())
    return len(ids)
