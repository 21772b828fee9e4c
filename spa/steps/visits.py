"""Locking visits in the order of the house: the person, then all of their visits at stake."""

from datetime import datetime
from uuid import UUID

from core.db import fetch, requires_transaction
from core.models import Location
from core.rows import Columns
from spa import errors
from spa.domain.lifecycle import AHEAD
from spa.models import Appointment, AppointmentItem
from users.steps.locks import lock_person

OWNER = "SELECT client_id FROM spa_appointment WHERE id = %s"
VISIT = Columns(Appointment, "visit", location=Columns(Location, "place"))
LINE = Columns(AppointmentItem, "line")
LOCK = f"""
SELECT {VISIT.sql}
  FROM spa_appointment AS visit
  JOIN core_location AS place ON place.id = visit.location_id
 WHERE visit.id = %(visit)s
    OR (visit.client_id = %(client)s AND visit.status = ANY(%(ahead)s)
        AND visit.starts_at > %(now)s)
 ORDER BY visit.id
   FOR NO KEY UPDATE OF visit
"""  # noqa: S608 - our own column names
LINES = f"""
SELECT {LINE.sql} FROM spa_appointmentitem AS line
 WHERE appointment_id = %s
 ORDER BY chain, position
"""  # noqa: S608 - our own column names


@requires_transaction
def lock_visit(*, appointment_id: UUID, client_id: UUID | None, now: datetime) -> Appointment:
    """A visit under lock, with its lines, as it is now; only the client's own if one is named.

    What its client has ahead is locked with it, in one order: should a strike ban them, no visit
    has to be waited for while others wait for this one. Raises `AppointmentNotFound`, also for
    somebody else's.
    """
    owners = fetch(OWNER, [appointment_id])
    if not owners or client_id not in {None, owners[0][0]}:
        raise errors.AppointmentNotFound
    ((owner_id,),) = owners
    lock_person(person_id=owner_id)
    values = {"visit": appointment_id, "client": owner_id, "ahead": list(AHEAD), "now": now}
    locked = (VISIT.read(row) for row in fetch(LOCK, values))
    visit = next(visit for visit in locked if visit.pk == appointment_id)
    visit.lines = [LINE.read(row) for row in fetch(LINES, [appointment_id])]
    return visit
