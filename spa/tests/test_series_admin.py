"""Series as a receptionist handles them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse, reverse_lazy

from spa.models import AppointmentSeries, Service, StaffMember
from spa.tests.conftest import coming
from spa.tests.ledger import nothing_changes
from spa.tests.series import statuses, visits_of

pytestmark = pytest.mark.django_db
FIRST = coming(3, 10)
BOOK = reverse_lazy("admin:spa_appointmentseries_book")


@pytest.fixture
def desk(admin_user: Any) -> Client:
    """The browser of somebody who may do everything."""
    return browser(admin_user, is_superuser=True)


def browser(person: Any, *, is_superuser: bool = False) -> Client:
    """Somebody who may enter the admin."""
    person.is_staff, person.is_superuser = True, is_superuser
    person.save(update_fields=["is_staff", "is_superuser"])
    found = Client()
    found.force_login(person)
    return found


def said(answer: Any) -> str:
    """What the page told last."""
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


@pytest.fixture
def typed(client_user: Any, service: Service, therapist: StaffMember) -> dict[str, Any]:
    """Three visits week by week, as they are typed into the dialog."""
    location = service.locations.get()
    return {
        "phone": client_user.phone,
        "services": [str(service.pk)],
        "location": str(location.pk),
        "staff": "",
        "day": FIRST.date().isoformat(),
        "time": "10:00",
        "rule": "FREQ=WEEKLY",
        "count": "3",
        "payment": "each",
    }


@pytest.fixture
def booked(desk: Client, typed: dict[str, Any]) -> AppointmentSeries:
    """The series, booked at the desk."""
    assert said(send(desk, BOOK, typed)) == "Serie reservada."
    return AppointmentSeries.objects.get()


def send(desk: Client, url: str, typed: dict[str, Any]) -> Any:
    """Open a dialog, fill it in and send it; a hidden field is sent as it came."""
    form = desk.get(url).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return desk.post(url, {**hidden, **typed})


def press(desk: Client, series: AppointmentSeries, button: str, **typed: Any) -> Any:
    """Use a button of the series' page."""
    url = reverse(f"admin:spa_appointmentseries_{button}", args=[series.pk])
    return send(desk, url, typed)


def test_a_series_is_booked_for_whoever_stands_at_the_desk(
    booked: AppointmentSeries, client_user: Any, admin_user: Any
) -> None:
    assert (booked.client_id, booked.booked_by_id) == (client_user.pk, admin_user.pk)
    assert booked.rule == "FREQ=WEEKLY;COUNT=3"
    assert [visit.starts_at for visit in visits_of(booked)] == [
        FIRST + timedelta(weeks=week) for week in range(3)
    ]


def test_days_that_cannot_be_had_are_named(
    desk: Client, booked: AppointmentSeries, typed: dict[str, Any]
) -> None:
    with nothing_changes():
        refused = send(desk, BOOK, typed | {"count": "4"})
    partly = send(desk, BOOK, typed | {"count": "4", "only_free": "on"})

    days = ", ".join(f"{visit.occurrence}" for visit in visits_of(booked))
    assert said(refused) == f"Hay días de la serie que no se pueden tener: {days}. No cambió nada."
    assert said(partly) == f"Serie reservada, menos estos días: {days}."


def test_it_is_paid_moved_and_cancelled_at_the_desk(
    desk: Client, booked: AppointmentSeries
) -> None:
    paid = press(desk, booked, "take_payment", method="cash")
    assert said(paid) == "Pago recibido: la serie está en firme."
    assert paid["HX-Redirect"].endswith(f"/{booked.pk}/change/")

    press(desk, booked, "move", scope="all", time="15:00")
    assert {v.starts_at.astimezone(FIRST.tzinfo).hour for v in visits_of(booked)} == {15}

    last = visits_of(booked)[2].occurrence
    gone = press(desk, booked, "cancel", scope="following", occurrence=f"{last}")
    assert said(gone) == "Citas canceladas: 1. Saldo a favor: 0.00."
    press(desk, booked, "cancel", scope="all", is_waived="on", reason="Cierre")
    assert statuses(booked) == ["cancelled"] * 3


def test_its_page_shows_its_visits(desk: Client, booked: AppointmentSeries) -> None:
    page = desk.get(reverse("admin:spa_appointmentseries_change", args=[booked.pk]))

    assert page.status_code == 200
    content = page.content.decode()
    for visit in visits_of(booked):
        assert str(visit.pk) in content
    assert desk.get(reverse("admin:spa_appointmentseries_changelist")).status_code == 200


def test_who_may_only_look_presses_nothing(staff_user: Any, booked: AppointmentSeries) -> None:
    looker = browser(staff_user)

    with nothing_changes():
        for button in ("take_payment", "move", "cancel"):
            url = reverse(f"admin:spa_appointmentseries_{button}", args=[booked.pk])
            assert looker.post(url, {"scope": "all", "method": "cash"}).status_code == 403
        assert looker.post(BOOK, {}).status_code == 403
