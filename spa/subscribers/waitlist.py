"""Time that comes free goes to those who wait for it, and they are told (SPA-12, NA-15)."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.domain.waiting import Span
from spa.events import (
    AppointmentCancelled,
    AppointmentExpired,
    AppointmentRescheduled,
    ScheduleOpened,
    TimeFreed,
    WaitlistOffered,
)
from spa.steps.waitlist import freed_by, lock_if_open
from spa.steps.waitlist_offers import pass_on


@subscribe(AppointmentCancelled, name="spa.offer-cancelled-time", locks=True)
def offer_cancelled_time(event: AppointmentCancelled) -> None:
    """Somebody will not come."""
    _pass_on(event.appointment_id, event.starts_at)


@subscribe(AppointmentExpired, name="spa.offer-expired-time", locks=True)
def offer_expired_time(event: AppointmentExpired) -> None:
    """Somebody did not pay."""
    _pass_on(event.appointment_id, event.starts_at)


@subscribe(AppointmentRescheduled, name="spa.offer-left-time", locks=True)
def offer_left_time(event: AppointmentRescheduled) -> None:
    """Somebody comes at another time, or is served by somebody else."""
    _pass_on(event.appointment_id, event.old_starts_at)


@subscribe(TimeFreed, name="spa.offer-freed-time", locks=True)
def offer_freed_time(event: TimeFreed) -> None:
    """Somebody needed a part of an offer that had ended."""
    freed = [Span(event.begins, event.ends)]
    pass_on(location_id=event.location_id, freed=freed, now=timezone.now())


@subscribe(ScheduleOpened, name="spa.offer-opened-time", locks=True)
def offer_opened_time(event: ScheduleOpened) -> None:
    """Somebody works when they did not before: nobody knows when, so all is looked through."""
    pass_on(location_id=event.location_id, freed=None, now=timezone.now())


@subscribe(WaitlistOffered, name="spa.send-waitlist-offer", locks=True)
def send_waitlist_offer(event: WaitlistOffered) -> None:
    """Tell the person, unless the offer has been answered or is over."""
    if lock_if_open(offer_id=event.offer_id, now=timezone.now()):
        notify(
            person_id=event.client_id,
            template="waitlist_offer",
            facts={
                "service": event.service,
                "starts_at": event.starts_at.isoformat(),
                "timezone": event.timezone,
                "location": event.location,
                "expires_at": event.expires_at.isoformat(),
            },
            event_id=event.event_id,
            valid_until=event.expires_at,
        )


def _pass_on(appointment_id: UUID, starts_at: datetime) -> None:
    found = freed_by(appointment_id=appointment_id, starts_at=starts_at)
    if found is not None:
        location_id, span = found
        pass_on(location_id=location_id, freed=[span], now=timezone.now())
