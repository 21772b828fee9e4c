"""Bringing visits from one status to the next; every step leaves its row of history (SPA-06).

A visit moves in memory, under its lock; what moved is written together (`finish`): visits, their
history and what is announced cost a statement each, however many visits there are.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from core.db import execute, requires_transaction
from core.outbox import publish_all
from finances.steps.payments import expire_payments
from spa import errors
from spa.domain.lifecycle import VISIT, VISIT_LIFE, AppointmentStatus
from spa.events import AppointmentEvent, AppointmentExpired
from spa.metrics import APPOINTMENTS
from spa.models import Appointment, AppointmentTransition
from spa.steps.occupancy import release
from spa.steps.release import give_back
from spa.steps.series_telling import end_unpaid_series

logger = logging.getLogger(__name__)

PAYABLE_KIND = VISIT

UPDATE = """
UPDATE spa_appointment AS visit
   SET status = new.status, paid = new.paid, credit_used = new.credit_used,
       hold_expires_at = new.hold_expires_at, checked_in_at = new.checked_in_at,
       completed_at = new.completed_at, cancelled_at = new.cancelled_at, updated_at = %(now)s
  FROM unnest(%(id)s::uuid[], %(status)s::text[], %(paid)s::numeric[], %(credit_used)s::numeric[],
              %(hold_expires_at)s::timestamptz[], %(checked_in_at)s::timestamptz[],
              %(completed_at)s::timestamptz[], %(cancelled_at)s::timestamptz[])
    AS new (id, status, paid, credit_used, hold_expires_at, checked_in_at, completed_at,
            cancelled_at)
 WHERE visit.id = new.id
"""
CHANGED = (
    "id",
    "status",
    "paid",
    "credit_used",
    "hold_expires_at",
    "checked_in_at",
    "completed_at",
    "cancelled_at",
)
REMEMBER = """
INSERT INTO spa_appointmenttransition (appointment_id, from_status, to_status, at, actor_id, reason)
SELECT *
  FROM unnest(%(appointment_id)s::uuid[], %(from_status)s::text[], %(to_status)s::text[],
              %(at)s::timestamptz[], %(actor_id)s::uuid[], %(reason)s::text[])
"""
WRITTEN = ("appointment_id", "from_status", "to_status", "at", "actor_id", "reason")


def transition(
    appointment: Appointment,
    from_status: str,
    *,
    now: datetime,
    actor_id: UUID | None,
    reason: str = "",
) -> AppointmentTransition:
    """The row of history that says how the visit came to its status; `remember` writes it."""
    return AppointmentTransition(
        appointment=appointment,
        from_status=from_status,
        to_status=appointment.status,
        at=now,
        actor_id=actor_id,
        reason=reason,
    )


def move(
    appointment: Appointment,
    target: AppointmentStatus,
    *,
    now: datetime,
    actor_id: UUID | None,
    reason: str = "",
) -> AppointmentTransition:
    """Set the status of a locked visit in memory; returns its history, for `finish` to write.

    Raises `TransitionRefused` for a step that is not in the table, and for what is archived.
    """
    current = AppointmentStatus(appointment.status)
    if appointment.archived_at is not None or not VISIT_LIFE.allows(current, target):
        logger.warning(
            "transition refused",
            extra={"appointment": str(appointment.pk), "current": current, "target": target},
        )
        raise errors.TransitionRefused(current=current.value, target=target.value)
    appointment.status = target.value
    _stamp(appointment, now)
    return transition(appointment, current.value, now=now, actor_id=actor_id, reason=reason)


def _stamp(appointment: Appointment, now: datetime) -> None:
    """When the visit came to its status; what a step back undoes is undone."""
    match AppointmentStatus(appointment.status):
        case AppointmentStatus.CONFIRMED:
            appointment.hold_expires_at = appointment.checked_in_at = None
        case AppointmentStatus.CHECKED_IN:
            appointment.checked_in_at = now
        case AppointmentStatus.NO_SHOW:
            appointment.checked_in_at = None
        case AppointmentStatus.COMPLETED:
            appointment.completed_at = now
        case AppointmentStatus.CANCELLED:
            appointment.cancelled_at, appointment.hold_expires_at = now, None


def confirm(appointment: Appointment, *, now: datetime, reason: str) -> AppointmentTransition:
    """Make a locked visit certain, in memory; its time must be taken already."""
    return move(appointment, AppointmentStatus.CONFIRMED, now=now, actor_id=None, reason=reason)


@requires_transaction
def finish(
    moves: Sequence[AppointmentTransition],
    event_type: type[AppointmentEvent],
    *,
    now: datetime,
    part_of: Collection[UUID] = (),
) -> None:
    """Write visits that have moved, each once, and their history, and announce them."""
    visits = [moved.appointment for moved in moves]
    write(visits, now=now)
    remember(moves)
    announce(visits, event_type, part_of=part_of)


@requires_transaction
def write(visits: Sequence[Appointment], *, now: datetime) -> None:
    """Write where locked visits stand, what was paid and until when they are held. One UPDATE."""
    columns = {name: [getattr(visit, name) for visit in visits] for name in CHANGED}
    execute(UPDATE, {**columns, "now": now})


@requires_transaction
def remember(transitions: Sequence[AppointmentTransition]) -> None:
    """Write rows of history, and count them once they are certain."""
    if not transitions:
        return
    execute(REMEMBER, {name: [getattr(step, name) for step in transitions] for name in WRITTEN})
    # A visit that only moves in time reaches nothing new.
    steps = [step for step in transitions if step.from_status != step.to_status]
    reached = Counter(step.to_status for step in steps)
    transaction.on_commit(partial(_count, reached), robust=True)


def _count(reached: Counter[str]) -> None:
    for status, visits in reached.items():
        APPOINTMENTS.labels(status=status).inc(visits)


@requires_transaction
def announce(
    appointments: Sequence[Appointment],
    event_type: type[AppointmentEvent],
    *,
    part_of: Collection[UUID] = (),
) -> None:
    """Publish a fact about each visit, in the words a message needs.

    The series in `part_of` tell their clients themselves.
    """
    publish_all([event_type(**about(visit, part_of=part_of)) for visit in appointments])


def about(appointment: Appointment, *, part_of: Collection[UUID] = ()) -> dict[str, Any]:
    """What every fact about a visit says; the visit was read with its location."""
    return {
        "appointment_id": appointment.pk,
        "client_id": appointment.client_id,
        "starts_at": appointment.starts_at,
        "timezone": appointment.location.timezone,
        "location": appointment.location.name,
        "service": appointment.title,
        "part_of": appointment.series_id if appointment.series_id in part_of else None,
    }


@requires_transaction
def expire(*, source_ids: Collection[UUID], now: datetime) -> int:
    """End the unpaid holds among these visits whose time to pay is over; returns how many.

    A visit somebody else has locked is left alone: it is being paid, or expired, at this moment.
    """
    overdue = list(
        Appointment.objects.filter(
            pk__in=source_ids,
            status=AppointmentStatus.PENDING_PAYMENT,
            hold_expires_at__lte=now,
        )
        .select_related("location")
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    if not overdue:
        return 0
    ended = [
        move(appointment, AppointmentStatus.EXPIRED, now=now, actor_id=None, reason="unpaid")
        for appointment in overdue
    ]
    never_paid = end_unpaid_series(
        series_ids={visit.series_id for visit in overdue if visit.series_id}, now=now
    )
    finish(ended, AppointmentExpired, now=now, part_of=never_paid)
    ids = [appointment.pk for appointment in overdue]
    release(source_ids=ids)
    expire_payments(payable_kind=PAYABLE_KIND, payable_ids=ids, now=now)
    give_back(visit_ids=ids, now=now)
    return len(overdue)
