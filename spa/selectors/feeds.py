"""What a person's own calendar shows (SPA-22)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.models import Appointment, CalendarFeed

BACK = timedelta(days=30)
# More than anybody has ahead; a feed must stay small whatever happens.
MOST = 500
SHOWN = (
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.CHECKED_IN,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """Whose calendar a token opens."""

    person_id: UUID


def find_owner(*, token_digest: str) -> FeedOwner:
    """Whose calendar it is; a person who may not sign in has none. Raises `FeedNotFound`."""
    feed = (
        CalendarFeed.objects.filter(
            token_digest=token_digest,
            revoked_at=None,
            person__is_active=True,
            person__banned_at=None,
        )
        .only("person_id")
        .first()
    )
    if feed is None:
        raise errors.FeedNotFound
    return FeedOwner(feed.person_id)


def list_own_visits(*, person_id: UUID, now: datetime) -> list[Appointment]:
    """The person's visits, and those they serve, from a month ago on. One query.

    Cancelled ones are among them: a calendar forgets an event only when it is told so.
    """
    own = Q(client_id=person_id) | Q(staff__user_id=person_id) | Q(items__staff__user_id=person_id)
    return list(
        Appointment.objects.filter(own, starts_at__gte=now - BACK, status__in=SHOWN)
        .select_related("location")
        .distinct()
        .order_by("starts_at", "pk")[:MOST]
    )
