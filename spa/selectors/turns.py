"""Whose turn it is among people who are equally busy (NA-19)."""

from collections.abc import Collection
from uuid import UUID

from core.db import fetch

# Ids grow with time (UUID 7), so somebody's newest booking has their highest: one look into the
# index for each person, however many visits they had.
NEWEST = """
SELECT asked.staff_id, newest.id
  FROM unnest(%(staff)s::uuid[]) AS asked (staff_id)
 CROSS JOIN LATERAL (
       SELECT id FROM spa_appointmentitem AS item
        WHERE item.staff_id = asked.staff_id ORDER BY id DESC LIMIT 1) AS newest
"""


def newest_bookings(*, staff_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By person, what they were last booked for; the lower, the longer ago. One query.

    Who was never booked is not in it.
    """
    return dict(fetch(NEWEST, {"staff": list(staff_ids)}))
