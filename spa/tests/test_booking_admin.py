"""Booking at the desk, in the admin: for whoever calls or walks in (SPA-05, SPA-25)."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from spa.models import AddOn, Appointment, Service, StaffMember
from spa.tests.conftest import coming
from spa.tests.factories import StaffFactory
from spa.tests.ledger import nothing_changes
from spa.tests.test_desk_admin import desk, said  # noqa: F401
from spa.tests.visits import audited
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "admin:spa_appointment_book"
START = coming(3, 10)


@pytest.fixture
def typed(service: Service, therapist: StaffMember, client_user: User) -> dict[str, Any]:
    """What a receptionist fills in for one person in three days at ten."""
    return {
        "_form_submitted": "True",
        "phone": str(client_user.phone),
        "services": [str(service.pk)],
        "location": str(service.locations.get().pk),
        "start": f"{START:%Y-%m-%dT%H:%M}",
        "party": "1",
    }


def book(desk: Client, typed: dict[str, Any]) -> Any:  # noqa: F811
    """Send the dialog in."""
    return desk.post(reverse(URL), typed)


def complaints(answer: Any) -> str:
    """What the dialog, shown again, complains about."""
    assert answer.status_code == 200
    return str(answer.context["form"].errors)


def test_who_calls_is_booked_on_the_wall_clock_of_the_place(
    desk: Client,  # noqa: F811
    typed: dict[str, Any],
    admin_user: User,
    client_user: User,
) -> None:
    answer = book(desk, typed)

    visit = Appointment.objects.get()
    assert (visit.client_id, visit.starts_at, visit.status) == (
        client_user.pk, START, "pending_payment",
    )  # fmt: skip
    assert (visit.channel, visit.booked_by_id) == ("staff", admin_user.pk)
    assert answer["HX-Redirect"] == reverse("admin:spa_appointment_change", args=[visit.pk])
    assert said(answer) == [f"Reservada: {visit.title}. Anticipo por pagar: {visit.deposit}."]


def test_a_couple_with_an_addition_and_without_a_deposit_is_one_visit(
    desk: Client,  # noqa: F811
    typed: dict[str, Any],
    service: Service,
) -> None:
    StaffFactory.create(location=service.locations.get())
    oils = AddOn.objects.create(name="Aromaterapia", price=10_000)
    oils.services.set([service])
    favour = {"waives_deposit": "on", "reason": "Clientes de siempre"}

    book(desk, typed | favour | {"party": "2", "add_ons": [str(oils.pk)]})

    visit = Appointment.objects.get()
    assert (visit.status, visit.total) == ("confirmed", 2 * (service.price + 10_000))
    (entry,) = audited("spa.appointment.booked-against-the-rules")
    assert entry.facts["reason"] == "Clientes de siempre"


def test_a_refusal_keeps_what_was_typed_and_says_when_it_could_be(
    desk: Client,  # noqa: F811
    typed: dict[str, Any],
) -> None:
    book(desk, typed)
    other = typed | {"phone": UserFactory.create().phone}

    with nothing_changes():
        answer = book(desk, other)

    assert "acaba de ocuparse" in complaints(answer)
    assert f"Libres: {START:%Y-%m-%d} " in complaints(answer)
    assert other["phone"] in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said_of_it"),
    [
        ({"phone": "+573009999999"}, "Nadie tiene ese teléfono."),
        ({"waives_deposit": "on"}, "Escribe el motivo."),
        ({"is_override": "on"}, "Escribe el motivo."),
        ({"party": "5"}, "party"),
        ({"start": "ayer"}, "start"),
        ({"start": "2020-01-01T10:00"}, "anticipación"),
    ],
)
def test_what_cannot_be_is_said_in_the_dialog_and_changes_nothing(
    desk: Client,  # noqa: F811
    typed: dict[str, Any],
    wrong: dict[str, str],
    said_of_it: str,
) -> None:
    with nothing_changes():
        answer = book(desk, typed | wrong)

    assert said_of_it in complaints(answer)


def test_who_may_only_look_books_nothing(typed: dict[str, Any]) -> None:
    person = UserFactory.create(staff=True, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_appointment"))
    looker = Client()
    looker.force_login(person)

    assert book(looker, typed).status_code == 403
    assert not Appointment.objects.exists()
