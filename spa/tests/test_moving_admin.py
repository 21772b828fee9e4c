"""Moving a visit at the desk (SPA-11)."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.models import Location
from spa.models import Appointment
from spa.tests.conftest import Book, coming
from spa.tests.factories import StaffFactory
from spa.tests.test_desk_admin import buttons, desk, press, said  # noqa: F401
from spa.tests.visits import audited

pytestmark = pytest.mark.django_db
GOAL = coming(4, 15)
TYPED = f"{GOAL:%Y-%m-%dT%H:%M}"


@pytest.fixture
def visit(certain: Book) -> Appointment:
    """A certain visit in three days at ten."""
    return certain(start=coming(3, 10), now=timezone.now()).appointment


def starts(visit: Appointment) -> datetime:
    """When the visit begins now."""
    return Appointment.objects.get(pk=visit.pk).starts_at


def test_the_desk_moves_a_visit_on_the_wall_clock_of_its_place(
    desk: Client,  # noqa: F811
    visit: Appointment,
    admin_user: Any,
) -> None:
    answer = press(desk, visit, "reschedule", start=TYPED)

    assert starts(visit) == GOAL
    assert said(answer) == [f"La cita quedó para el {GOAL:%Y-%m-%d %H:%M}."]
    assert visit.transitions.latest("pk").actor_id == admin_user.pk
    assert Appointment.objects.get().reschedules == 0


def test_the_desk_asks_for_somebody_and_overrides_with_a_reason(
    desk: Client,  # noqa: F811
    visit: Appointment,
    location: Location,
) -> None:
    other = StaffFactory.create(location=location)
    Appointment.objects.update(reschedules=2)

    bound = press(desk, visit, "reschedule", start=TYPED)
    mute = press(desk, visit, "reschedule", start=TYPED, is_override="on")
    assert starts(visit) == coming(3, 10)
    press(
        desk,
        visit,
        "reschedule",
        start=TYPED,
        staff=str(other.pk),
        is_override="on",
        counts="on",
        reason="Lo pide",
    )

    assert "2 veces" in said(bound)[0]
    assert mute.context["form"].errors == {"reason": ["Escribe el motivo."]}
    moved = Appointment.objects.get()
    assert (moved.starts_at, moved.staff_id, moved.reschedules) == (GOAL, other.pk, 3)
    assert len(audited("spa.appointment.moved-against-its-terms")) == 1


@pytest.mark.parametrize(
    ("status", "is_offered"),
    [("confirmed", True), ("completed", False), ("cancelled", False), ("checked_in", False)],
)
def test_the_button_is_there_while_the_visit_lies_ahead(
    desk: Client,  # noqa: F811
    visit: Appointment,
    status: str,
    is_offered: bool,
) -> None:
    times = {"cancelled_at": timezone.now(), "completed_at": timezone.now()}
    Appointment.objects.update(status=status, **times)

    assert ("Reprogramar" in buttons(desk, visit)) is is_offered
