"""How much one person may hold and book (SPA-17), checked under the person's lock (NA-12)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from core.db import requires_transaction
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.policy import BookingPolicy
from spa.models import Appointment
from users.steps.locks import lock_person

HOUR = timedelta(hours=1)


@requires_transaction
def check_limits(*, client_id: UUID, is_vip: bool, policy: BookingPolicy, now: datetime) -> None:
    """Lock the person and count; until this transaction ends nobody else books for them.

    Raises `ActiveLimitReached`, `OpenHoldsLimitReached`, `HourlyLimitReached`.
    """
    lock_person(person_id=client_id)
    confirmed = Q(status=AppointmentStatus.CONFIRMED, starts_at__gt=now)
    held = Q(status=AppointmentStatus.PENDING_PAYMENT, hold_expires_at__gt=now)
    recent = Q(booked_at__gt=now - HOUR)
    counts = Appointment.objects.filter(confirmed | held | recent, client_id=client_id).aggregate(
        confirmed=Count("pk", filter=confirmed),
        held=Count("pk", filter=held),
        recent=Count("pk", filter=recent),
    )
    if counts["confirmed"] >= (limit := policy.active_limit(is_vip=is_vip)):
        raise errors.ActiveLimitReached(limit=limit)
    if counts["held"] >= policy.open_holds_limit:
        raise errors.OpenHoldsLimitReached(limit=policy.open_holds_limit)
    if counts["recent"] >= policy.hourly_bookings_limit:
        raise errors.HourlyLimitReached(limit=policy.hourly_bookings_limit, retry_after=3600)
