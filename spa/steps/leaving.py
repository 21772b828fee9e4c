"""Giving up a place in a class, by its own terms (SPA-21, NA-13)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from core.money import ZERO
from spa.domain.classes import CERTAIN, OPEN, EnrolmentStatus, Parting, leaving
from spa.models import ClassSession, Enrolment
from spa.steps.classes import lock_session
from spa.steps.enrolment import free_seats, give_up, move, offer_seats
from spa.steps.enrolment_money import part_with

OPEN_VALUES = [status.value for status in OPEN]


@requires_transaction
def end_place(place: Enrolment, *, is_waived: bool, now: datetime) -> None:
    """End a place in a locked class that is still to come; its seat is offered to the next.

    What was paid comes back as the terms agreed to say, or whole if they are waived.
    """
    if place.status not in CERTAIN:
        give_up(place.session, [place], EnrolmentStatus.LEFT, now=now)
        return
    parting = leaving(place.policy, paid=place.paid, currency=place.currency, now=now)
    if is_waived:
        parting = Parting(credit=place.paid, kept=ZERO, restores_session=True)
    part_with(place, parting, reason=_("dejaste una clase"), now=now)
    move([place], EnrolmentStatus.LEFT, now=now, closed_at=now, returned=parting.credit)
    free_seats(place.session, 1, now=now)


@requires_transaction
def offer_to_who_waits(*, client_id: UUID, now: datetime) -> None:
    """Offer free seats in the classes for which somebody stands in line.

    A seat that came free while they were not welcome passed them by, and nobody else may be there.
    """
    waiting = Enrolment.objects.filter(
        client_id=client_id, status=EnrolmentStatus.WAITING.value, session__starts_at__gt=now
    )
    for session_id in sorted(waiting.values_list("session_id", flat=True)):
        offer_seats(lock_session(session_id=session_id), now=now)


@requires_transaction
def end_places_ahead(*, client_id: UUID, now: datetime) -> int:
    """End all that somebody has in classes to come, by its terms; returns how many (USERS-10)."""
    places = Enrolment.objects.filter(
        client_id=client_id, status__in=OPEN_VALUES, session__starts_at__gt=now
    )
    sessions = (
        ClassSession.objects.filter(pk__in=set(places.values_list("session_id", flat=True)))
        .select_related("class_type", "location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    held = {session.pk: session for session in sessions}
    # Read again under the locks: offers and payments may have moved them meanwhile.
    found = list(places.filter(session_id__in=held).order_by("session_id", "pk"))
    for place in found:
        place.session = held[place.session_id]
        end_place(place, is_waived=False, now=now)
    return len(found)
