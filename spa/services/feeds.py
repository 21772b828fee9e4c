"""Secret addresses of people's own calendars (SPA-22)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa.domain.tokens import digest_of, new_token
from spa.models import CalendarFeed
from users.steps.locks import lock_person


@use_case
def open_feed(*, person_id: UUID, now: datetime) -> str:
    """A new secret token for the person's calendar; the one before stops working.

    Only its digest is kept: the token is shown this once.
    """
    lock_person(person_id=person_id)
    _revoke(person_id, now)
    token = new_token()
    CalendarFeed.objects.create(person_id=person_id, token_digest=digest_of(token))
    return token


@use_case
def close_feed(*, person_id: UUID, now: datetime) -> None:
    """Make the person's address stop working; nothing happens if there is none."""
    _revoke(person_id, now)


def _revoke(person_id: UUID, now: datetime) -> None:
    CalendarFeed.objects.filter(person_id=person_id, revoked_at=None).update(
        revoked_at=now, updated_at=now
    )
