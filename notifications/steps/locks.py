"""Deliveries under lock, each with what it delivers: a plain statement for every message."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.db import fetch, requires_transaction
from core.rows import Columns
from notifications.models import Delivery, Notification

DELIVERY = Columns(Delivery, "delivery", notification=Columns(Notification, "told"))
LOCK = f"""
SELECT {DELIVERY.sql}
  FROM notifications_delivery AS delivery
  JOIN notifications_notification AS told ON told.id = delivery.notification_id
 WHERE {{which}}
 ORDER BY delivery.id
 LIMIT 1
   FOR NO KEY UPDATE OF delivery
"""  # noqa: S608 - our own column names
OURS = LOCK.format(which="delivery.id = %s")
THEIRS = LOCK.format(which="delivery.provider_id = %s")


@requires_transaction
def lock_delivery(*, delivery_id: UUID) -> Delivery | None:
    """The delivery, locked; `None` when there is none."""
    return _first(fetch(OURS, [delivery_id]))


@requires_transaction
def lock_delivery_of(*, provider_id: str) -> Delivery | None:
    """The delivery a provider calls so, locked; `None` when there is none."""
    return _first(fetch(THEIRS, [provider_id]))


def _first(rows: Sequence[Sequence[Any]]) -> Delivery | None:
    return DELIVERY.read(rows[0]) if rows else None
