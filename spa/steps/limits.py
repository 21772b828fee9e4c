"""How much one person may hold and book (SPA-17), checked under the person's lock (NA-12)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from core.db import requires_transaction
from spa import errors
from spa.domain.policy import BookingPolicy
from users.steps.locks import lock_person

HOUR = timedelta(hours=1)

COUNT = """
SELECT count(*) FILTER (WHERE status = 'confirmed' AND starts_at > %(now)s),
       count(*) FILTER (WHERE status = 'pending_payment' AND hold_expires_at > %(now)s),
       count(*) FILTER (WHERE booked_at > %(recently)s)
  FROM spa_appointment
 WHERE client_id = %(client)s
   AND (starts_at > %(now)s OR booked_at > %(recently)s)
"""


@requires_transaction
def check_limits(*, client_id: UUID, is_vip: bool, policy: BookingPolicy, now: datetime) -> None:
    """Lock the person and count; until this transaction ends nobody else books for them.

    Raises `ActiveLimitReached`, `OpenHoldsLimitReached`, `HourlyLimitReached`.
    """
    lock_person(person_id=client_id)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"client": client_id, "now": now, "recently": now - HOUR})
        confirmed, held, recent = cursor.fetchone()
    if confirmed >= (limit := policy.active_limit(is_vip=is_vip)):
        raise errors.ActiveLimitReached(limit=limit)
    if held >= policy.open_holds_limit:
        raise errors.OpenHoldsLimitReached(limit=policy.open_holds_limit)
    if recent >= policy.hourly_bookings_limit:
        raise errors.HourlyLimitReached(limit=policy.hourly_bookings_limit, retry_after=3600)
