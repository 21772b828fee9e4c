"""Cancelling a visit, by its client or by staff (SPA-10, NA-13)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.models import StrikeKind
from spa.steps.cancelling import Cancelled, Cancelling, cancel
from spa.steps.strikes import give_strike
from spa.steps.visits import lock_visit


@use_case
def cancel_appointment(
    *, appointment_id: UUID, client_id: UUID | None, why: Cancelling, now: datetime
) -> Cancelled:
    """Cancel a visit by the terms frozen on it: its time is free, its money shared out, at once.

    A late cancellation is a strike, and may be one too many. Staff may waive the terms with a
    reason. Only the client's own visit unless `client_id` is `None`. Raises `AppointmentNotFound`,
    `TransitionRefused` for what is cancelled or over already, `VisitBegun` to a client who comes
    too late even for that, `ReasonMissing`.
    """
    if why.is_waived and not why.reason:
        raise errors.ReasonMissing
    visit = lock_visit(appointment_id=appointment_id, client_id=client_id, now=now)
    is_certain = visit.status == AppointmentStatus.CONFIRMED
    if is_certain and not why.by_staff and visit.starts_at <= now:
        raise errors.VisitBegun
    (cancelled,) = cancel([visit], why, now=now)
    if cancelled.decision.is_strike:
        give_strike(visit, StrikeKind.LATE_CANCELLATION, at=now, now=now)
    return cancelled
