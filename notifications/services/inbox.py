"""What a person does with their messages."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from notifications import errors
from notifications.models import Notification


@use_case
def mark_read(*, person_id: UUID, notification_id: UUID, now: datetime) -> Notification:
    """The person has read this message; reading it again changes nothing.

    Raises `NotificationNotFound`, also for somebody else's.
    """
    mine = Notification.objects.filter(pk=notification_id, person_id=person_id)
    mine.filter(read_at=None).update(read_at=now)
    if (notification := mine.first()) is None:
        raise errors.NotificationNotFound
    return notification


@use_case
def mark_all_read(*, person_id: UUID, now: datetime) -> int:
    """The person has read everything; returns how many messages were new."""
    return Notification.objects.filter(person_id=person_id, read_at=None).update(read_at=now)
