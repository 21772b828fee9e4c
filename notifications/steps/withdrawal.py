"""Taking back what was not said yet (NOTIF-02)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from core.db import requires_transaction
from notifications.models import Notification


@requires_transaction
def withdraw(*, event_ids: Collection[UUID], now: datetime) -> None:
    """Let the messages about some events be pointless from `now`: what still waits is dropped."""
    still_valid = Q(valid_until=None) | Q(valid_until__gt=now)
    Notification.objects.filter(still_valid, event_id__in=event_ids).update(valid_until=now)
