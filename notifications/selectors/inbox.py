"""Reading a person's messages."""

from uuid import UUID

from django.db.models import QuerySet

from notifications.models import Notification


def list_notifications(*, person_id: UUID) -> QuerySet[Notification]:
    """The person's messages, newest first (ids are time-ordered). One query."""
    return Notification.objects.filter(person_id=person_id).order_by("-id")
