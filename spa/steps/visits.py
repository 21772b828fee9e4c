"""Locking visits in the order of the house: the person, then all of their visits at stake."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from core.db import requires_transaction
from spa import errors
from spa.domain.lifecycle import AHEAD
from spa.models import Appointment
from users.steps.locks import lock_person

OWNER = "SELECT client_id FROM spa_appointment WHERE id = %s"


@requires_transaction
def lock_visit(*, appointment_id: UUID, client_id: UUID | None, now: datetime) -> Appointment:
    """A visit under lock, as it is now; only the client's own unless `client_id` is `None`.

    What its client has ahead is locked with it, in one order: should a strike ban them, no visit
    has to be waited for while others wait for this one. Raises `AppointmentNotFound`, also for
    somebody else's.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWNER, [appointment_id])
        row = cursor.fetchone()
    if row is None or client_id not in {None, row[0]}:
        raise errors.AppointmentNotFound
    (owner_id,) = row
    lock_person(person_id=owner_id)
    ahead = Q(client_id=owner_id, status__in=AHEAD, starts_at__gt=now)
    locked = (
        Appointment.objects.filter(Q(pk=appointment_id) | ahead)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return next(visit for visit in locked if visit.pk == appointment_id)
