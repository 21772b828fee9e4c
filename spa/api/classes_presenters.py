"""Classes and places as the API shows them: read once, shown everywhere alike."""

from collections.abc import Sequence
from typing import Any

from core.selectors.settings import get_settings
from finances.selectors.payments import present_newest
from spa.domain.policy import BookingPolicy
from spa.models import BookingSettings, ClassSession, Enrolment
from spa.services.enrolment import Placed
from spa.steps.enrolment import ENROLMENT_KIND


def present_session(session: ClassSession) -> dict[str, Any]:
    """A class that was read with what it is, where and by whom. One read of the rules."""
    return present_sessions([session])[0]


def present_sessions(sessions: Sequence[ClassSession]) -> list[dict[str, Any]]:
    """Classes that were read with what they are; one read of the rules for all."""
    policy = get_settings(BookingSettings).policy
    return [_session(session, policy) for session in sessions]


def _session(session: ClassSession, policy: BookingPolicy) -> dict[str, Any]:
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
        "vip_price": policy.price_for(
            taught.price, own_vip_price=None, is_vip=True, currency=taught.currency
        ),
        "currency": taught.currency,
        "capacity": session.capacity,
        "seats_free": session.capacity - session.seats_taken,
    }


def present_places(places: Sequence[Enrolment]) -> list[dict[str, Any]]:
    """Places that were read with their classes; two queries for all their payments."""
    payments = present_newest(
        payable_kind=ENROLMENT_KIND, payable_ids=[place.pk for place in places]
    )
    sessions = present_sessions([place.session for place in places])
    return [
        _present(place, session, payments.get(place.pk))
        for place, session in zip(places, sessions, strict=True)
    ]


def present_placed(placed: Placed) -> dict[str, Any]:
    """A place just taken. One read of the rules."""
    session = present_session(placed.enrolment.session)
    return _present(placed.enrolment, session, placed.payment)


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


def _present(
    place: Enrolment, session: dict[str, Any], payment: dict[str, Any] | None
) -> dict[str, Any]:
    zone, held = place.session.location.zone, place.hold_expires_at
    return {
        "id": place.pk,
        "status": place.status,
        "session": session,
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
