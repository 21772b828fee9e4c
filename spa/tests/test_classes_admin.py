"""Classes as a receptionist handles them (SPA-21)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, Location
from finances.models import CounterPayment
from spa.models import ClassConflict, ClassSchedule, ClassSession, Enrolment, ResourceKind
from spa.tests.classes import begin, class_type, now_place, soon, status_of, teacher
from spa.tests.conftest import coming
from spa.tests.factories import LocationFactory, RoomFactory, SkillFactory
from spa.tests.test_packages_admin import browser, press, said
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(admin_user: Any) -> Client:
    return browser(admin_user, is_superuser=True)


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return soon(location)


def schedule_form(location: Location, **typed: Any) -> dict[str, Any]:
    day = coming(3, 10).date()
    return {
        "class_type": class_type().pk,
        "location": location.pk,
        "weekdays": [str(day.isoweekday())],
        "starts": "10:00",
        "instructor": teacher(location).pk,
        "room": "",
        "capacity": "",
        "valid_from": day.isoformat(),
        "valid_until": "",
        "is_active": "on",
        **typed,
    }


def send(desk: Client, form: dict[str, Any]) -> Any:
    return desk.post(reverse("admin:spa_classschedule_add"), form)


def test_a_schedule_is_written_with_ticked_days_and_makes_its_classes_at_a_button(
    desk: Client, location: Location
) -> None:
    answer = send(desk, schedule_form(location, weekdays=["1", "3"]))

    assert answer.status_code == 302, answer.content
    found = ClassSchedule.objects.get()
    assert found.weekdays == [1, 3]
    assert AuditEntry.objects.filter(action="spa.classschedule.added").count() == 1
    pressed = desk.post(
        reverse("admin:spa_classschedule_changelist"),
        {"action": "make_now", "_selected_action": [found.pk]},
    )
    made = ClassSession.objects.count()
    assert made >= 7
    assert said(pressed)[-1] == f"Clases nuevas: {made}. Sin programar: 0."


def _without_the_room_it_needs(location: Location) -> dict[str, Any]:
    return {"class_type": class_type(room_kind=ResourceKind.ROOM).pk}


def _with_a_room_of_another_kind(location: Location) -> dict[str, Any]:
    taught = class_type(room_kind=ResourceKind.ROOM)
    return {"class_type": taught.pk, "room": RoomFactory.create(location=location).pk}


def _with_a_room_elsewhere(location: Location) -> dict[str, Any]:
    return {"room": RoomFactory.create(location=LocationFactory.create()).pk}


def _ending_before_it_begins(location: Location) -> dict[str, Any]:
    return {"valid_until": "2020-01-01"}


def _without_days(location: Location) -> dict[str, Any]:
    return {"weekdays": []}


def _without_a_type(location: Location) -> dict[str, Any]:
    return {"class_type": ""}


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (_without_the_room_it_needs, "room"),
        (_with_a_room_of_another_kind, "room"),
        (_with_a_room_elsewhere, "room"),
        (_ending_before_it_begins, "valid_until"),
        (_without_days, "weekdays"),
        (_without_a_type, "class_type"),
    ],
)
def test_a_schedule_that_cannot_be_is_explained_in_its_form(
    desk: Client, location: Location, what: Any, field: str
) -> None:
    answer = send(desk, schedule_form(location, **what(location)))

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not ClassSchedule.objects.exists()


def test_a_person_is_no_room(desk: Client, location: Location) -> None:
    form = desk.get(reverse("admin:spa_classschedule_add")).context["adminform"].form

    kinds = set(form.fields["room"].queryset.values_list("kind", flat=True))
    assert ResourceKind.STAFF not in kinds


def test_what_could_not_be_made_is_seen_while_its_schedule_is_used(
    desk: Client, location: Location
) -> None:
    send(desk, schedule_form(location))
    found = ClassSchedule.objects.get()
    ClassConflict.objects.create(
        schedule=found, date=coming(3, 10).date(), reason="room_busy", seen_at=timezone.now()
    )
    url = reverse("admin:spa_classconflict_changelist")

    assert desk.get(url).context["cl"].result_count == 1
    ClassSchedule.objects.update(is_active=False)
    assert desk.get(url).context["cl"].result_count == 0


def test_somebody_who_calls_gets_a_seat_pays_it_and_gives_it_up(
    desk: Client, yoga: ClassSession, client_user: Any
) -> None:
    came = press(desk, yoga, "enrol", phone=client_user.phone)
    place = Enrolment.objects.get()
    paid = press(desk, yoga, "pay", person=str(client_user.pk), method="cash")

    assert said(came)[-1] == "Pendiente de pago"
    assert "40000" in said(paid)[-1]
    assert status_of(place) == "enrolled"
    assert CounterPayment.objects.get().kind == "class"

    left = press(desk, yoga, "leave", person=str(client_user.pk), waive_reason="enferma")

    assert "40000" in said(left)[-1]
    assert status_of(place) == "left"


def test_a_full_class_puts_them_in_line(desk: Client, location: Location) -> None:
    single = soon(location, capacity=1)
    now_place(single, UserFactory.create())

    answer = press(desk, single, "enrol", phone=UserFactory.create().phone)

    assert said(answer) == ["En lista de espera"]


def test_only_who_owes_can_be_chosen_to_pay(
    desk: Client, location: Location, client_user: Any
) -> None:
    free = soon(location, price=0)
    now_place(free, client_user)
    url = reverse("admin:spa_classsession_pay", args=[free.pk])

    assert desk.get(url).context["form"].fields["person"].choices == []


def test_a_refusal_is_told_and_changes_nothing(
    desk: Client, yoga: ClassSession, client_user: Any
) -> None:
    place = now_place(yoga, client_user)

    answer = press(desk, yoga, "enrol", phone=client_user.phone)

    assert said(answer) == ["Ya estás en esta clase o en su lista de espera."]
    assert Enrolment.objects.get().pk == place.pk


def test_attendance_is_ticked(desk: Client, location: Location, client_user: Any) -> None:
    free = soon(location, price=0)
    came, missed = now_place(free, client_user), now_place(free, UserFactory.create())
    begin(free)
    form = desk.get(reverse("admin:spa_classsession_attendance", args=[free.pk])).context["form"]
    assert len(form.fields["present"].initial) == 2

    answer = press(desk, free, "attendance", present=[str(client_user.pk)])

    assert said(answer) == ["Asistieron: 1"]
    assert (status_of(came), status_of(missed)) == ("attended", "absent")
    again = desk.get(reverse("admin:spa_classsession_attendance", args=[free.pk])).context["form"]
    assert again.fields["present"].initial == [str(client_user.pk)]


def test_a_substitute_is_chosen_among_those_who_can(desk: Client, location: Location) -> None:
    skill = SkillFactory.create()
    able = teacher(location, skills=[skill], display_name="Luz")
    teacher(location)
    session = soon(location)
    type(session.class_type).objects.update(required_skill=skill)
    url = reverse("admin:spa_classsession_substitute", args=[session.pk])
    assert desk.get(url).context["form"].fields["instructor"].choices == [(str(able.pk), "Luz")]

    answer = press(desk, session, "substitute", instructor=str(able.pk))

    assert said(answer) == ["La dicta Luz."]
    session.refresh_from_db()
    assert session.instructor == able


def test_a_class_is_called_off_with_a_reason(
    desk: Client, yoga: ClassSession, client_user: Any
) -> None:
    place = now_place(yoga, client_user)

    press(desk, yoga, "call_off", reason="Se fue la luz")

    assert status_of(place) == "cancelled"
    assert ClassSession.objects.get().cancel_reason == "Se fue la luz"


def test_who_may_only_look_presses_no_button(yoga: ClassSession, staff_user: Any) -> None:
    looker = browser(staff_user)

    url = reverse("admin:spa_classsession_call_off", args=[yoga.pk])

    assert looker.post(url, {"reason": "porque sí", "_form_submitted": "on"}).status_code == 403
    assert ClassSession.objects.get().status == "scheduled"


def test_the_pages_open_with_people_in_them(
    desk: Client, yoga: ClassSession, client_user: Any
) -> None:
    now_place(yoga, client_user)

    page = desk.get(reverse("admin:spa_classsession_change", args=[yoga.pk]))
    listed = desk.get(reverse("admin:spa_classsession_changelist"))

    assert client_user.full_name in page.content.decode()
    assert "1/3" in listed.content.decode()
    assert yoga.starts_at - timezone.now() < timedelta(days=4)
