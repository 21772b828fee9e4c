"""What coming back brings (SPA-15)."""

from django.utils import timezone

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import AppointmentCompleted, VisitsRewarded
from spa.steps.loyalty import stamp_visit


@subscribe(AppointmentCompleted, name="spa.stamp-completed-visit", locks=True)
def stamp_completed_visit(event: AppointmentCompleted) -> None:
    """Count the visit; enough of them are rewarded."""
    stamp_visit(
        appointment_id=event.appointment_id,
        client_id=event.client_id,
        currency=event.currency,
        now=timezone.now(),
    )


@subscribe(VisitsRewarded, name="spa.send-loyalty-reward")
def send_loyalty_reward(event: VisitsRewarded) -> None:
    """Tell the client what they were given."""
    notify(
        person_id=event.client_id,
        template="loyalty_reward",
        facts={
            "visits": str(event.visits),
            "amount": str(event.amount),
            "currency": event.currency,
        },
        event_id=event.event_id,
    )
