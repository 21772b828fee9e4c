"""The life of a visit: only steps of the table are taken."""

import pytest
from django.db import transaction

from spa import errors
from spa.domain.lifecycle import VISIT_LIFE, AppointmentStatus
from spa.models import Appointment, AppointmentTransition
from spa.steps.lifecycle import move
from spa.tests.conftest import NOW, Book

ILLEGAL = [
    (current, target)
    for current in AppointmentStatus
    for target in AppointmentStatus
    if not VISIT_LIFE.allows(current, target)
]


def test_every_status_can_be_reached() -> None:
    reached = VISIT_LIFE.after(None).union(*map(VISIT_LIFE.after, AppointmentStatus))
    assert reached == set(AppointmentStatus)


@pytest.mark.parametrize(("current", "target"), ILLEGAL)
def test_a_step_outside_of_the_table_is_refused_and_leaves_no_trace(
    book: Book, current: AppointmentStatus, target: AppointmentStatus
) -> None:
    visit = book().appointment
    Appointment.objects.update(status=current, cancelled_at=NOW, completed_at=NOW)
    visit.status = current.value

    with pytest.raises(errors.TransitionRefused), transaction.atomic():
        move(visit, target, now=NOW, actor_id=None)

    assert visit.status == current.value
    assert Appointment.objects.get().status == current
    assert AppointmentTransition.objects.count() == 1
