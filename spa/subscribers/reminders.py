"""Reminding, and keeping quiet about what is no longer so (SPA-18, NOTIF-02)."""

from django.utils import timezone

from core.events import subscribe
from notifications.steps.delivery import notify
from notifications.steps.withdrawal import withdraw
from spa.events import (
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentRescheduled,
    ReminderDue,
)
from spa.selectors.reminders import list_outdated
from spa.steps.reminding import lock_if_certain

TEMPLATES = {"first": "reminder_first", "second": "reminder_second"}


@subscribe(ReminderDue, name="spa.send-reminder", locks=True)
def send_reminder(event: ReminderDue) -> None:
    """Remind the client, unless the visit was moved or cancelled since."""
    if lock_if_certain(appointment_id=event.appointment_id, starts_at=event.starts_at):
        notify(
            person_id=event.client_id,
            template=TEMPLATES[event.kind],
            facts={
                "service": event.service,
                "starts_at": event.starts_at.isoformat(),
                "timezone": event.timezone,
                "location": event.location,
            },
            event_id=event.event_id,
            valid_until=event.valid_until,
        )


@subscribe(AppointmentRescheduled, name="spa.withdraw-reminders-of-old-start")
def withdraw_reminders_of_old_start(event: AppointmentRescheduled) -> None:
    """A reminder that still waits for its provider speaks of a start that is none any more."""
    _withdraw(event)


@subscribe(AppointmentCancelled, name="spa.withdraw-reminders-of-cancelled")
def withdraw_reminders_of_cancelled(event: AppointmentCancelled) -> None:
    """And so it is with a visit that will not be."""
    _withdraw(event)


def _withdraw(event: AppointmentEvent) -> None:
    outdated = list_outdated(appointment_id=event.appointment_id)
    withdraw(event_ids=outdated, now=timezone.now())
