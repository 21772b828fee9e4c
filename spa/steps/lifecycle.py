"""Bringing visits from one status to the next; every step leaves its row of history (SPA-06).

A visit moves in memory, under its lock; what moved is written together (`finish`): visits, their
history and what is announced cost a statement each, however many visits there are.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from core.db import requires_transaction
from core.outbox import publish_all
from finances.steps.payments import expire_payments
from spa import errors
from spa.domain.lifecycle import AppointmentStatus, is_allowed
from spa.events import AppointmentEvent, AppointmentExpired
from spa.metrics import APPOINTMENTS
from spa.models import Appointment, AppointmentTransition, Occupancy
from spa.steps.occupancy import release

logger = logging.getLogger(__name__)

PAYABLE_KIND = "spa.appointment"

UPDATE = """
UPDATE spa_appointment AS visit
   SET status = new.status, paid = new.paid, hold_expires_at = new.hold_expires_at,
       updated_at = %(now)s
  FROM unnest(%(id)s::uuid[], %(status)s::text[], %(paid)s::numeric[],
              %(hold_expires_at)s::timestamptz[])
    AS new (id, status, paid, hold_expires_at)
 WHERE visit.id = new.id
"""
CHANGED = ("id", "status", "paid", "hold_expires_at")


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

    Raises `TransitionRefused` for a step that is not in the table.
    """
    current = AppointmentStatus(appointment.status)
    if not is_allowed(current, target):
        logger.warning(
            "transition refused",
            extra={"appointment": str(appointment.pk), "current": current, "target": target},
        )
        raise errors.TransitionRefused(current=current.value, target=target.value)
    appointment.status = target.value
    return transition(appointment, current.value, now=now, actor_id=actor_id, reason=reason)


def confirm(appointment: Appointment, *, now: datetime, reason: str) -> AppointmentTransition:
    """Make a locked visit certain, in memory; its time must be taken already."""
    moved = move(appointment, AppointmentStatus.CONFIRMED, now=now, actor_id=None, reason=reason)
    appointment.hold_expires_at = None
    return moved


@requires_transaction
def finish(
    moves: Sequence[AppointmentTransition], event_type: type[AppointmentEvent], *, now: datetime
) -> None:
    """Write visits that have moved, each once, and their history, and announce them."""
    visits = [moved.appointment for moved in moves]
    columns = {name: [getattr(visit, name) for visit in visits] for name in CHANGED}
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, {**columns, "now": now})
    remember(moves)
    announce(visits, event_type)


@requires_transaction
def remember(transitions: Sequence[AppointmentTransition]) -> None:
    """Write rows of history, and count them once they are certain."""
    AppointmentTransition.objects.bulk_create(transitions)
    reached = Counter(step.to_status for step in transitions)
    transaction.on_commit(partial(_count, reached), robust=True)


def _count(reached: Counter[str]) -> None:
    for status, visits in reached.items():
        APPOINTMENTS.labels(status=status).inc(visits)


@requires_transaction
def announce(appointments: Sequence[Appointment], event_type: type[AppointmentEvent]) -> None:
    """Publish a fact about each visit, in the words a message needs."""
    publish_all(
        [
            event_type(
                appointment_id=appointment.pk,
                client_id=appointment.client_id,
                starts_at=appointment.starts_at,
                timezone=appointment.location.timezone,
                location=appointment.location.name,
                service=appointment.title,
            )
            for appointment in appointments
        ]
    )


@requires_transaction
def expire(*, appointment_ids: Collection[UUID], now: datetime) -> int:
    """End the unpaid holds among these visits whose time to pay is over; returns how many.

    A visit somebody else has locked is left alone: it is being paid, or expired, at this moment.
    """
    overdue = list(
        Appointment.objects.filter(
            pk__in=appointment_ids,
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
    finish(ended, AppointmentExpired, now=now)
    ids = [appointment.pk for appointment in overdue]
    release(source_ids=ids)
    expire_payments(payable_kind=PAYABLE_KIND, payable_ids=ids, now=now)
    return len(overdue)


@requires_transaction
def expire_in_the_way(
    *, resource_ids: Collection[UUID], begin: datetime, end: datetime, now: datetime
) -> int:
    """Remove ended holds from some resources' time, for whoever needs it (SPA-07)."""
    ended = Occupancy.objects.filter(
        resource_id__in=resource_ids, during__overlap=(begin, end), hold_expires_at__lte=now
    )
    return expire(appointment_ids=set(ended.values_list("source_id", flat=True)), now=now)
