"""Reminding each client of a visit once for each start it has (SPA-18)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.db import fetch, requires_transaction
from core.ids import uuid7
from core.outbox import publish_all
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.reminding import Round
from spa.events import ReminderDue
from spa.models import Appointment
from spa.steps.lifecycle import about

# One order for everybody: runs that overlap wait for each other and never in a circle.
CLAIM = """
INSERT INTO spa_appointmentreminder
       (id, created_at, updated_at, appointment_id, kind, for_start, sent_at)
SELECT id, now(), now(), appointment_id, %(kind)s, for_start, %(now)s
  FROM unnest(%(ids)s::uuid[], %(visits)s::uuid[], %(starts)s::timestamptz[])
    AS claim (id, appointment_id, for_start)
 ORDER BY for_start, appointment_id
    ON CONFLICT ON CONSTRAINT spa_appointmentreminder_once DO NOTHING
RETURNING appointment_id, id
"""


@requires_transaction
def remind(visits: Sequence[Appointment], due: Round, *, now: datetime) -> int:
    """Publish the reminder of each visit that has not had it for its start; returns how many.

    The row that says so and the event stand or fall together: nobody is reminded twice or never.
    """
    values = {
        "kind": due.kind.value,
        "now": now,
        "ids": [uuid7() for _ in visits],
        "visits": [visit.pk for visit in visits],
        "starts": [visit.starts_at for visit in visits],
    }
    claimed: dict[UUID, UUID] = dict(fetch(CLAIM, values))
    publish_all(
        [
            ReminderDue(
                **about(visit),
                event_id=claimed[visit.pk],
                kind=due.kind.value,
                valid_until=due.pointless_from(visit.starts_at),
            )
            for visit in visits
            if visit.pk in claimed
        ]
    )
    return len(claimed)


@requires_transaction
def lock_if_certain(*, appointment_id: UUID, starts_at: datetime) -> bool:
    """Whether the visit is certain at that start, and stays so until this transaction ends."""
    certain = Appointment.objects.filter(
        pk=appointment_id, starts_at=starts_at, status=AppointmentStatus.CONFIRMED
    )
    return certain.select_for_update(no_key=True).exists()
