"""The desk: who comes, who has been served, who did not come, and what it pressed by mistake."""

from datetime import datetime, timedelta
from uuid import UUID

from core.outbox import publish
from core.use_cases import use_case
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.events import AppointmentCompleted
from spa.models import Appointment
from spa.selectors.attendance import get_by_code
from spa.steps.attending import come_after_all, miss, step
from spa.steps.fulfil import earn
from spa.steps.lifecycle import about
from spa.steps.visits import lock_visit

# Nobody comes earlier than this. The wrong visit of a regular client is easily pressed, and a visit
# that is completed has been paid for and cannot be taken back.
EARLIEST = timedelta(hours=12)


@use_case
def check_in(
    *, appointment_id: UUID, actor_id: UUID, reason: str = "", now: datetime
) -> Appointment:
    """The client is here. Somebody noted as absent came after all, which takes a reason.

    Raises `AppointmentNotFound`, `TransitionRefused`, `VisitOnAnotherDay`, `ReasonMissing`.
    """
    return _check_in(appointment_id, actor_id, reason, now)


@use_case
def check_in_by_code(*, code: str, actor_id: UUID, now: datetime) -> Appointment:
    """The client is here and shows the code of the visit.

    Raises `AppointmentNotFound` when no visit that is still to be has it, `TransitionRefused`,
    `VisitOnAnotherDay`.
    """
    return _check_in(get_by_code(code=code), actor_id, "", now)


def _check_in(appointment_id: UUID, actor_id: UUID, reason: str, now: datetime) -> Appointment:
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    _refuse_another_day(visit, now)
    if visit.status != AppointmentStatus.NO_SHOW:
        step(visit, AppointmentStatus.CHECKED_IN, actor_id=actor_id, reason=reason, now=now)
        return visit
    if not reason:
        raise errors.ReasonMissing
    come_after_all(visit, actor_id=actor_id, reason=reason, now=now)
    return visit


def _refuse_another_day(visit: Appointment, now: datetime) -> None:
    if visit.status == AppointmentStatus.CONFIRMED and visit.starts_at - now > EARLIEST:
        day = visit.starts_at.astimezone(visit.location.zone).date()
        raise errors.VisitOnAnotherDay(day=day.isoformat())


@use_case
def undo_check_in(
    *, appointment_id: UUID, actor_id: UUID, reason: str = "", now: datetime
) -> Appointment:
    """The desk pressed the wrong visit: it is to be, as before.

    Raises `AppointmentNotFound`, `TransitionRefused`.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    if visit.status != AppointmentStatus.CHECKED_IN:
        target = AppointmentStatus.CONFIRMED.value
        raise errors.TransitionRefused(current=visit.status, target=target)
    step(visit, AppointmentStatus.CONFIRMED, actor_id=actor_id, reason=reason, now=now)
    return visit


@use_case
def complete(*, appointment_id: UUID, actor_id: UUID, now: datetime) -> Appointment:
    """The visit has happened: what was paid for it is earned; what was not is now a debt.

    Raises `AppointmentNotFound`, `TransitionRefused`, `VisitOnAnotherDay`.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    _refuse_another_day(visit, now)
    step(visit, AppointmentStatus.COMPLETED, actor_id=actor_id, reason="", now=now)
    earn([visit], now=now)
    owed = visit.outstanding
    publish(AppointmentCompleted(**about(visit), outstanding=owed, currency=visit.currency))
    return visit


@use_case
def mark_no_show(
    *, appointment_id: UUID, actor_id: UUID, reason: str = "", now: datetime
) -> Appointment:
    """The client did not come. To take back that they had come takes a reason.

    Raises `AppointmentNotFound`, `TransitionRefused`, `VisitNotBegun`, `ReasonMissing`.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    if visit.starts_at > now:
        raise errors.VisitNotBegun
    if visit.status == AppointmentStatus.CHECKED_IN and not reason:
        raise errors.ReasonMissing
    miss(visit, actor_id=actor_id, reason=reason, now=now)
    return visit
