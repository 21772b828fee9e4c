"""What the studio does about facts: it tells the person."""

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import (
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentExpired,
    AppointmentRescheduled,
)


def _facts(event: AppointmentEvent) -> dict[str, object]:
    return {
        "service": event.service,
        "starts_at": event.starts_at.isoformat(),
        "timezone": event.timezone,
        "location": event.location,
    }


@subscribe(AppointmentConfirmed, name="spa.send-booking-confirmation")
def send_booking_confirmation(event: AppointmentConfirmed) -> None:
    """Confirm the visit to its client; pointless once it has begun."""
    if event.part_of:
        return
    notify(
        person_id=event.client_id,
        template="booking_confirmed",
        facts=_facts(event),
        event_id=event.event_id,
        valid_until=event.starts_at,
    )


@subscribe(AppointmentExpired, name="spa.send-hold-expired")
def send_hold_expired(event: AppointmentExpired) -> None:
    """Tell the client that the unpaid hold is gone."""
    if event.part_of:
        return
    facts = _facts(event)
    del facts["location"]
    notify(
        person_id=event.client_id,
        template="hold_expired",
        facts=facts,
        event_id=event.event_id,
        valid_until=event.starts_at,
    )


@subscribe(AppointmentRescheduled, name="spa.send-booking-moved")
def send_booking_moved(event: AppointmentRescheduled) -> None:
    """Tell the client of the new start; of another staff member the visit itself tells."""
    if event.part_of or event.old_starts_at == event.starts_at:
        return
    notify(
        person_id=event.client_id,
        template="booking_moved",
        facts=_facts(event) | {"old_starts_at": event.old_starts_at.isoformat()},
        event_id=event.event_id,
        valid_until=event.starts_at,
    )
