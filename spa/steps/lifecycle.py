"""Bringing visits from one status to the next; every step leaves its row of history (SPA-06)."""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from core.db import requires_transaction
from core.outbox import publish
from finances.steps.payments import expire_payments
from spa import errors
from spa.domain.lifecycle import AppointmentStatus, is_allowed
from spa.events import AppointmentConfirmed, AppointmentEvent, AppointmentExpired
from spa.metrics import APPOINTMENTS
from spa.models import Appointment, AppointmentTransition, Occupancy
from spa.steps.occupancy import release

logger = logging.getLogger(__name__)

PAYABLE_KIND = "spa.appointment"


@requires_transaction
def move(
    appointment: Appointment,
    target: AppointmentStatus,
    *,
    now: datetime,
    actor_id: UUID | None,
    reason: str = "",
) -> None:
    """Set the status in memory and write the history; the caller saves the row it has locked.

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
    remember(appointment, current.value, now=now, actor_id=actor_id, reason=reason)


@requires_transaction
def remember(
    appointment: Appointment,
    from_status: str,
    *,
    now: datetime,
    actor_id: UUID | None,
    reason: str = "",
) -> None:
    """Write one row of history and count it."""
    AppointmentTransition.objects.create(
        appointment=appointment,
        from_status=from_status,
        to_status=appointment.status,
        at=now,
        actor_id=actor_id,
        reason=reason,
    )
    APPOINTMENTS.labels(status=appointment.status).inc()


@requires_transaction
def announce(appointment: Appointment, event_type: type[AppointmentEvent]) -> None:
    """Publish a fact about the visit, in the words a message needs."""
    publish(
        event_type(
            appointment_id=appointment.pk,
            client_id=appointment.client_id,
            starts_at=appointment.starts_at,
            timezone=appointment.location.timezone,
            location=appointment.location.name,
            service=appointment.title,
        )
    )


@requires_transaction
def confirm(appointment: Appointment, *, now: datetime, reason: str) -> None:
    """Make a locked visit certain, save it and announce it; its time must be taken already."""
    move(appointment, AppointmentStatus.CONFIRMED, now=now, actor_id=None, reason=reason)
    appointment.hold_expires_at = None
    appointment.save(update_fields=["status", "paid", "hold_expires_at", "updated_at"])
    announce(appointment, AppointmentConfirmed)


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
    for appointment in overdue:
        move(appointment, AppointmentStatus.EXPIRED, now=now, actor_id=None, reason="unpaid")
        announce(appointment, AppointmentExpired)
    Appointment.objects.bulk_update(overdue, ["status"])
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
