"""The life of a visit: the table, and the picture of it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from spa import errors
from spa.domain.lifecycle import START, TRANSITIONS, AppointmentStatus, is_allowed
from spa.models import Appointment, AppointmentTransition
from spa.steps.lifecycle import move
from spa.tests.conftest import NOW, Book

BOOKING_PAGE = Path(__file__).parents[2] / "docs" / "booking.md"
ILLEGAL = [
    (current, target)
    for current in AppointmentStatus
    for target in AppointmentStatus
    if target not in TRANSITIONS[current]
]


def test_every_status_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(AppointmentStatus)
    reached = set(START).union(*TRANSITIONS.values())
    assert reached == set(AppointmentStatus)


def test_the_picture_in_the_documentation_shows_exactly_the_table() -> None:
    call_command("lifecycle_diagram", "--check")

    page = BOOKING_PAGE.read_text(encoding="utf-8")
    drawn = set(re.findall(r"^ *(\S+) --> ([^\s:]+): \S", page, re.MULTILINE))
    table = {("[*]", start.value) for start in START}
    for current, targets in TRANSITIONS.items():
        table |= {(current.value, target.value) for target in targets}
    assert drawn == table


def test_an_old_picture_is_noticed_and_drawn_anew(tmp_path: Path, settings: Any) -> None:
    page = tmp_path / "docs" / "booking.md"
    page.parent.mkdir()
    text = BOOKING_PAGE.read_text(encoding="utf-8")
    page.write_text(text.replace("confirmed --> no_show", "confirmed --> lost"), encoding="utf-8")
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=r"docs/booking\.md is old"):
        call_command("lifecycle_diagram", "--check")
    call_command("lifecycle_diagram", "--write")

    assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("current", "target"), ILLEGAL)
def test_a_step_outside_of_the_table_is_refused_and_leaves_no_trace(
    book: Book, current: AppointmentStatus, target: AppointmentStatus
) -> None:
    visit = book().appointment
    Appointment.objects.update(status=current, cancelled_at=NOW, completed_at=NOW)
    visit.status = current.value

    with pytest.raises(errors.TransitionRefused), transaction.atomic():
        move(visit, target, now=NOW, actor_id=None)

    assert not is_allowed(current, target)
    assert visit.status == current.value
    assert Appointment.objects.get().status == current
    assert AppointmentTransition.objects.count() == 1
