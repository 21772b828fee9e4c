"""What people in classes are told (SPA-21)."""

from django.utils import timezone

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import (
    ClassCancelled,
    ClassEnrolled,
    ClassInstructorChanged,
    ClassSeatExpired,
    ClassSeatOffered,
    EnrolmentEvent,
)
from spa.steps.leaving import end_places_ahead, offer_to_who_waits
from users.events import BanLifted, PersonBanned
from users.selectors.people import is_banned
from users.steps.locks import lock_person


def _when(event: EnrolmentEvent) -> dict[str, object]:
    return {
        "service": event.class_name,
        "starts_at": event.starts_at.isoformat(),
        "timezone": event.timezone,
    }


def _facts(event: EnrolmentEvent) -> dict[str, object]:
    return {**_when(event), "location": event.location}


@subscribe(ClassEnrolled, name="spa.send-class-enrolled")
def send_class_enrolled(event: ClassEnrolled) -> None:
    """Confirm the place; pointless once the class has begun."""
    notify(
        person_id=event.client_id,
        template="class_enrolled",
        facts=_facts(event),
        event_id=event.event_id,
        valid_until=event.starts_at,
    )


@subscribe(ClassSeatExpired, name="spa.send-class-seat-expired")
def send_class_seat_expired(event: ClassSeatExpired) -> None:
    """Tell the person that the unpaid seat is gone."""
    notify(
        person_id=event.client_id,
        template="hold_expired",
        facts=_when(event),
        event_id=event.event_id,
        valid_until=event.starts_at,
    )


@subscribe(ClassSeatOffered, name="spa.send-class-seat-offer")
def send_class_seat_offer(event: ClassSeatOffered) -> None:
    """Ask the next in line, while there is time to answer."""
    notify(
        person_id=event.client_id,
        template="class_seat_offer",
        facts=_facts(event) | {"expires_at": event.expires_at.isoformat()},
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(ClassCancelled, name="spa.send-class-cancelled")
def send_class_cancelled(event: ClassCancelled) -> None:
    """Tell the person that the class is not given; also late, since their money came back."""
    notify(
        person_id=event.client_id,
        template="class_cancelled",
        facts=_facts(event),
        event_id=event.event_id,
    )


@subscribe(ClassInstructorChanged, name="spa.send-class-instructor-changed")
def send_class_instructor_changed(event: ClassInstructorChanged) -> None:
    """Tell the person who gives the class now."""
    notify(
        person_id=event.client_id,
        template="class_instructor_changed",
        facts=_when(event) | {"instructor": event.instructor},
        event_id=event.event_id,
        valid_until=event.starts_at,
    )


@subscribe(PersonBanned, name="spa.end-places-of-banned", locks=True)
def end_places_of_banned(event: PersonBanned) -> None:
    """Give up what a banned person has in classes, unless they are welcome again by now."""
    lock_person(person_id=event.person_id)
    if is_banned(person_id=event.person_id):
        end_places_ahead(client_id=event.person_id, now=event.at)


@subscribe(BanLifted, name="spa.offer-seats-to-welcome", locks=True)
def offer_seats_to_welcome(event: BanLifted) -> None:
    """Whoever kept their place in line is asked about seats that came free meanwhile."""
    lock_person(person_id=event.person_id)
    offer_to_who_waits(client_id=event.person_id, now=timezone.now())
