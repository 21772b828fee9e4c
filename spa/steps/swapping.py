"""Giving a visit's time back for other time, at once and only together (SPA-05, SPA-11, NA-10)."""

from datetime import datetime
from functools import partial

from django.db import transaction

from core.db import requires_transaction
from spa.domain.lifecycle import VISIT
from spa.models import Appointment
from spa.selectors.availability import Free, Question
from spa.steps.occupancy import Source, release
from spa.steps.taking import Crew, take_time
from spa.steps.winning import start_again


@requires_transaction
def swap_time(
    question: Question,
    free: Free,
    *,
    visit: Appointment,
    start: datetime,
    hold_expires_at: datetime | None,
    now: datetime,
) -> Crew | None:
    """Give back what the visit has and take what it needs from `start` on; `None`: lost.

    One savepoint holds both, so a lost swap leaves the very rows the visit had, and nobody ever saw
    them gone. Who wants the time that is being left waits for us; should we wait for them too, the
    database ends one of us. If it is us, our time comes back with the savepoint and they go on.
    """
    return start_again(partial(_attempt, question, free, visit, start, hold_expires_at, now))


def _attempt(
    question: Question,
    free: Free,
    visit: Appointment,
    start: datetime,
    hold_expires_at: datetime | None,
    now: datetime,
) -> Crew | None:
    with transaction.atomic():
        # First: a visit that moves a little would be in its own way.
        release(source_ids=[visit.pk])
        crew = take_time(
            question,
            free,
            source=Source(VISIT, visit.pk),
            start=start,
            hold_expires_at=hold_expires_at,
            now=now,
            preferred_staff_id=visit.staff_id,
        )
        if crew is None:
            transaction.set_rollback(True)
    return crew
