"""Ending holds nobody paid (SPA-07). Bookings do not wait for this: it only tidies."""

from datetime import datetime

from core.use_cases import use_case
from spa.domain.lifecycle import AppointmentStatus
from spa.models import Appointment
from spa.steps.lifecycle import expire

BATCH = 100


@use_case
def expire_unpaid_holds(*, now: datetime, limit: int = BATCH) -> int:
    """End up to `limit` holds whose time to pay is over; returns how many it ended."""
    # Skipped before they are counted: a batch of holds being paid must not keep the others waiting.
    overdue = (
        Appointment.objects.filter(
            status=AppointmentStatus.PENDING_PAYMENT, hold_expires_at__lte=now
        )
        .order_by("hold_expires_at")
        .select_for_update(skip_locked=True, no_key=True)
    )
    return expire(source_ids=list(overdue.values_list("pk", flat=True)[:limit]), now=now)
