"""Moving visits: what tests of rescheduling share."""

from datetime import datetime
from typing import Any

from spa.models import Appointment, Occupancy
from spa.services.rescheduling import reschedule_appointment
from spa.steps.moving import Moving
from spa.steps.occupancy import Claim
from spa.tests.conftest import NOW
from users.tests.factories import UserFactory


def move(
    visit: Appointment, start: datetime, *, now: datetime = NOW, desk: bool = False, **changes: Any
) -> Appointment:
    """Move the visit as its client, or as the desk."""
    actor_id = UserFactory.create(staff=True).pk if desk else visit.client_id
    grounds = {"counts": not desk, "by_staff": desk, "actor_id": actor_id}
    return reschedule_appointment(
        appointment_id=visit.pk,
        client_id=None if desk else visit.client_id,
        moving=Moving(start=start, **{**grounds, **changes}),
        now=now,
    )


def move_now(visit: Appointment, start: datetime) -> Appointment:
    """Move inside a transaction that is there already."""
    return reschedule_appointment.body(
        appointment_id=visit.pk,
        client_id=visit.client_id,
        moving=Moving(start=start, actor_id=visit.client_id, by_staff=False),
        now=NOW,
    )


def taken_by(visit: Appointment) -> set[tuple[Any, datetime, datetime]]:
    """What the visit takes of whom, on the ledger."""
    rows = Occupancy.objects.filter(source_id=visit.pk)
    return {(row.resource_id, row.during.lower, row.during.upper) for row in rows}


def claimed_by(visit: Appointment) -> set[tuple[Any, datetime, datetime]]:
    """What the visit says it takes of whom."""
    claims = [Claim.load(values) for values in Appointment.objects.get(pk=visit.pk).claims]
    return {(claim.resource_id, claim.begins, claim.ends) for claim in claims}
