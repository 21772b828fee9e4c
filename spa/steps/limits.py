"""How much one person may hold and book (SPA-17), checked under the person's lock (NA-12)."""

from datetime import datetime, timedelta
from uuid import UUID

from core.db import fetch, requires_transaction
from spa import errors
from spa.domain.policy import BookingPolicy
from users.steps.locks import lock_welcome_person

HOUR = timedelta(hours=1)

# A series counts as one visit ahead, however many of its visits are still to be paid (SPA-20).
COUNT = """
WITH visit AS (
    SELECT visit.status, visit.starts_at, visit.hold_expires_at, visit.booked_at,
           coalesce(visit.series_id, visit.id) AS booking, series.status = 'active' AS is_certain
      FROM spa_appointment AS visit
      LEFT JOIN spa_appointmentseries AS series ON series.id = visit.series_id
     WHERE visit.client_id = %(client)s
       AND (visit.starts_at > %(now)s OR visit.booked_at > %(recently)s)),
held AS (
    SELECT booking, is_certain FROM visit
     WHERE status = 'pending_payment' AND hold_expires_at > %(now)s)
SELECT (SELECT count(*) FROM (
            SELECT booking FROM visit WHERE status = 'confirmed' AND starts_at > %(now)s
             UNION SELECT booking FROM held WHERE is_certain) AS ahead),
       (SELECT count(DISTINCT booking) FROM held WHERE is_certain IS NOT TRUE),
       (SELECT count(DISTINCT booking) FROM visit WHERE booked_at > %(recently)s)
"""
# What has happened and is not paid. A visit that is still to be owes nothing yet (NA-14).
DEBT = """
SELECT sum(total - paid), min(currency)
  FROM spa_appointment
 WHERE client_id = %s AND status = 'completed' AND total > paid
"""


@requires_transaction
def check_limits(*, client_id: UUID, is_vip: bool, policy: BookingPolicy, now: datetime) -> None:
    """Lock the person and count; until this transaction ends nobody else books for them.

    Raises `Banned`, `DebtOpen`, `ActiveLimitReached`, `OpenHoldsLimitReached`,
    `HourlyLimitReached`.
    """
    lock_welcome_person(person_id=client_id)
    refuse_who_may_not_book(client_id=client_id, is_vip=is_vip, policy=policy, now=now)


def refuse_who_may_not_book(
    *, client_id: UUID, is_vip: bool, policy: BookingPolicy, now: datetime
) -> None:
    """Look as `check_limits` does, without the lock: what it lets pass may be refused later."""
    _refuse_debts(client_id)
    values = {"client": client_id, "now": now, "recently": now - HOUR}
    ((confirmed, held, recent),) = fetch(COUNT, values)
    if confirmed >= (limit := policy.active_limit(is_vip=is_vip)):
        raise errors.ActiveLimitReached(limit=limit)
    if held >= policy.open_holds_limit:
        raise errors.OpenHoldsLimitReached(limit=policy.open_holds_limit)
    if recent >= policy.hourly_bookings_limit:
        raise errors.HourlyLimitReached(limit=policy.hourly_bookings_limit, retry_after=3600)


def _refuse_debts(client_id: UUID) -> None:
    ((amount, currency),) = fetch(DEBT, [client_id])
    if amount:
        raise errors.DebtOpen(amount=f"{amount:.2f}", currency=currency)
