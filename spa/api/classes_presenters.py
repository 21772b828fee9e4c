"""Classes and places as the API shows them: read once, shown everywhere alike."""

from collections.abc import Sequence
from typing import Any

from finances.selectors.payments import list_payments_of, present_payment
from spa.models import ClassSession, Enrolment
from spa.services.enrolment import Placed
from spa.steps.enrolment import ENROLMENT_KIND


def present_session(session: ClassSession) -> dict[str, Any]:
    """A class that was read with what it is, where and by whom. No query."""
    zone, taught, room = session.location.zone, session.class_type, session.room
    return {
        "id": session.pk,
        "type": {"id": taught.pk, "name": taught.name},
        "location": {"id": session.location_id, "name": session.location.name},
        "instructor": {
            "id": session.instructor_id,
            "name": session.instructor.display_name,
        },
        "room": {"id": room.pk, "name": room.name} if room else None,
        "start": session.starts_at.astimezone(zone),
        "end": session.ends_at.astimezone(zone),
        "status": session.status,
        "price": taught.price,
        "currency": taught.currency,
        "capacity": session.capacity,
        "seats_free": session.capacity - session.seats_taken,
    }


def present_places(places: Sequence[Enrolment]) -> list[dict[str, Any]]:
    """Places that were read with their classes; one query for all their payments."""
    payments = list_payments_of(
        payable_kind=ENROLMENT_KIND, payable_ids=[place.pk for place in places]
    )
    return [
        _present(place, present_payment(payments[place.pk]) if place.pk in payments else None)
        for place in places
    ]


def present_placed(placed: Placed) -> dict[str, Any]:
    """A place just taken. No query."""
    return _present(placed.enrolment, placed.payment)


def present_roster(places: Sequence[Enrolment]) -> list[dict[str, Any]]:
    """Who is in a class, read with the people. No query."""
    return [
        {
            "id": place.pk,
            "client": {"id": place.client_id, "name": place.client.full_name},
            "status": place.status,
            "joined_at": place.joined_at,
        }
        for place in places
    ]


def _present(place: Enrolment, payment: dict[str, Any] | None) -> dict[str, Any]:
    zone, held = place.session.location.zone, place.hold_expires_at
    return {
        "id": place.pk,
        "status": place.status,
        "session": present_session(place.session),
        "price": place.price,
        "currency": place.currency,
        "paid": place.paid,
        "credit_used": place.credit_used,
        "outstanding": place.outstanding,
        "returned": place.returned,
        "package_use": place.package_use_id,
        "hold_expires_at": held.astimezone(zone) if held else None,
        "policy": place.policy,
        "payment": payment,
    }
