"""Moving a visit to another time, by its client or by staff (SPA-11, NA-10)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa import errors
from spa.models import Appointment
from spa.steps.moving import Moving, move_visit, why_not
from spa.steps.visits import lock_visit


@use_case
def reschedule_appointment(
    *, appointment_id: UUID, client_id: UUID | None, moving: Moving, now: datetime
) -> Appointment:
    """Move a visit: all of its new time is taken and the old given back at once, or nothing is.

    The terms frozen on it decide whether it may still be moved; staff may override them for a
    reason. The new start is held to what booking it would be held to. Only the client's own visit
    unless `client_id` is `None`. Raises `AppointmentNotFound`, `ReasonMissing` and the refusals of
    `move_visit`; staff are told with them who and what is in the way (SPA-22, SPA-25).
    """
    if moving.is_override and not moving.reason:
        raise errors.ReasonMissing
    visit = lock_visit(appointment_id=appointment_id, client_id=client_id, now=now)
    try:
        move_visit(visit, moving, now=now)
    except (errors.SlotTaken, errors.SlotNotOffered) as refused:
        if not moving.by_staff:
            raise
        explanation = why_not(visit, moving, now=now)
        raise type(refused)(**refused.facts, explanation=explanation) from refused
    return visit
