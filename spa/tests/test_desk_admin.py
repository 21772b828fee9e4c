"""The desk in the admin: what a receptionist presses, and what comes of it (SPA-06, SPA-10)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from finances.models import CounterPayment, Payment
from spa.models import Appointment, Strike
from spa.services.strikes import appeal_strike
from spa.tests.conftest import Book, coming
from spa.tests.visits import certain_soon, strikes_of
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(admin_user: User) -> Client:
    """The browser of somebody who may do everything."""
    browser = Client()
    browser.force_login(admin_user)
    return browser


@pytest.fixture
def visit(book: Book) -> Appointment:
    """A certain visit that began ten minutes ago."""
    visit = certain_soon(book)
    start = timezone.now() - timedelta(minutes=10)
    Appointment.objects.update(starts_at=start, ends_at=start + timedelta(hours=1))
    visit.refresh_from_db()
    return visit


def press(desk: Client, row: Any, button: str, **typed: Any) -> Any:
    """Open the button's dialog, fill it in and send it; a hidden field is sent as it came."""
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    url = reverse(f"admin:{label}_{button}", args=[row.pk])
    form = desk.get(url).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return desk.post(url, {**hidden, **typed})


def said(answer: Any) -> list[str]:
    """What the page tells the receptionist."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def buttons(desk: Client, row: Any) -> set[str]:
    """Which buttons the row's page offers."""
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    page = desk.get(reverse(f"admin:{label}_change", args=[row.pk]))
    assert page.status_code == 200
    return {action["title"] for action in page.context["actions_detail"]}


def test_a_visit_is_received_paid_and_completed(desk: Client, visit: Appointment) -> None:
    press(desk, visit, "check_in")
    paid = press(desk, visit, "take_payment", amount="72000", tip="3000", method="card")
    done = press(desk, visit, "complete")

    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("completed", 120_000)
    assert said(paid)[-1] == "Pago recibido. Falta por pagar: 0.00."
    assert done["HX-Redirect"].endswith(f"/{visit.pk}/change/")
    assert CounterPayment.objects.get().tip == Decimal(3_000)


def test_the_payment_suggests_what_is_owed_and_is_taken_once(
    desk: Client, visit: Appointment
) -> None:
    url = reverse("admin:spa_appointment_take_payment", args=[visit.pk])
    form = desk.get(url).context["form"]
    typed = {field.name: field.value() for field in form if field.name != "tip_for"}
    assert typed["amount"] == 72_000
    typed |= {"amount": "10000", "method": "cash"}

    for _ in range(2):
        assert desk.post(url, typed).status_code == 200

    visit.refresh_from_db()
    assert visit.paid == 58_000
    assert CounterPayment.objects.count() == 1


def test_a_payment_leads_to_the_visit_it_is_for(desk: Client, visit: Appointment) -> None:
    payment = Payment.objects.get(payable_id=visit.pk)

    page = desk.get(reverse("admin:finances_payment_change", args=[payment.pk]))

    visits_page = reverse("admin:spa_appointment_change", args=[visit.pk])
    assert f'<a href="{visits_page}">{visit.title}</a>' in page.text


def test_a_code_is_read_from_the_list(desk: Client, visit: Appointment) -> None:
    url = reverse("admin:spa_appointment_check_in_by_code")

    answer = desk.post(url, {"_form_submitted": "True", "code": visit.check_in_code.lower()})

    visit.refresh_from_db()
    assert (visit.status, said(answer)) == ("checked_in", [f"Llegó: {visit.title}"])
    assert answer["HX-Redirect"] == reverse("admin:spa_appointment_changelist")


def test_what_is_refused_is_said_and_nothing_changes(desk: Client, visit: Appointment) -> None:
    later = timezone.now() + timedelta(hours=5)
    Appointment.objects.update(starts_at=later, ends_at=later + timedelta(hours=1))

    answer = press(desk, visit, "no_show")

    assert said(answer) == ["La cita todavía no empieza."]
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_a_visit_is_cancelled_by_its_terms_or_with_a_waiver_and_its_reason(
    desk: Client, visit: Appointment
) -> None:
    bare = press(desk, visit, "cancel", is_waived="on")
    assert "Escribe el motivo." in bare.content.decode()
    visit.refresh_from_db()
    assert visit.status == "confirmed"

    answer = press(desk, visit, "cancel", is_waived="on", reason="Se fue la luz")

    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert said(answer) == ["Cancelada. Saldo a favor: 48000.00. Retenido: 0.00."]
    assert strikes_of(visit.client_id) == []


def test_only_buttons_that_make_sense_are_shown(desk: Client, visit: Appointment) -> None:
    ahead = {"Llegó", "Completar", "Recibir pago", "No asistió", "Reprogramar", "Cancelar"}
    assert buttons(desk, visit) == ahead
    press(desk, visit, "check_in")
    assert buttons(desk, visit) == {"Deshacer llegada", "Completar", "Recibir pago", "No asistió"}
    press(desk, visit, "undo_check_in", reason="era otra Ana")
    press(desk, visit, "no_show")
    assert buttons(desk, visit) == {"Llegó"}
    press(desk, visit, "check_in", reason="sí vino")
    press(desk, visit, "complete")
    assert buttons(desk, visit) == {"Recibir pago"}


def test_the_list_of_visits_costs_the_same_however_long(desk: Client, book: Book) -> None:
    now = timezone.now()
    for day in (3, 4, 5):
        book(client_id=UserFactory.create().pk, start=coming(day, 10), now=now)
    url = reverse("admin:spa_appointment_changelist")
    desk.get(url)
    with CaptureQueriesContext(connection) as three:
        assert desk.get(url).status_code == 200
    for day in (6, 7, 8):
        book(client_id=UserFactory.create().pk, start=coming(day, 10), now=now)
    with CaptureQueriesContext(connection) as six:
        desk.get(url)
    assert len(three) == len(six)


@pytest.fixture
def strike(desk: Client, visit: Appointment) -> Strike:
    """The client did not come."""
    press(desk, visit, "no_show")
    return Strike.objects.get()


def test_a_strike_is_waived_from_its_page(desk: Client, strike: Strike) -> None:
    assert buttons(desk, strike) == {"Perdonar"}

    answer = press(desk, strike, "waive", reason="primera vez")

    assert said(answer) == ["Falta perdonada."]
    assert buttons(desk, strike) == set()
    assert strikes_of(strike.client_id) == [("no_show", True)]


@pytest.mark.parametrize(("verdict", "waived"), [("yes", True), ("no", False)])
def test_an_appeal_is_answered_from_its_strikes_page(
    desk: Client, strike: Strike, verdict: str, waived: bool
) -> None:
    appeal_strike(
        strike_id=strike.pk, client_id=strike.client_id, text="Fue el paro.", now=timezone.now()
    )
    waiting = reverse("admin:spa_strike_changelist") + "?state=appealed"
    assert desk.get(waiting).context["cl"].result_count == 1
    page = desk.get(reverse("admin:spa_strike_change", args=[strike.pk]))
    assert "Fue el paro." in page.content.decode()
    assert buttons(desk, strike) == {"Perdonar", "Responder la apelación"}

    answer = press(desk, strike, "answer", verdict=verdict, answer="lo revisamos")

    assert said(answer) == ["Apelación respondida."]
    assert strikes_of(strike.client_id) == [("no_show", waived)]
    assert desk.get(waiting).context["cl"].result_count == 0


@pytest.mark.parametrize(("state", "rows"), [("counts", 1), ("waived", 0), ("", 1)])
def test_strikes_are_filtered_by_what_they_wait_for(
    desk: Client, strike: Strike, state: str, rows: int
) -> None:
    page = desk.get(reverse("admin:spa_strike_changelist") + f"?state={state}")

    assert page.context["cl"].result_count == rows


def test_somebody_who_may_only_look_presses_nothing(visit: Appointment) -> None:
    person = UserFactory.create(staff=True, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_appointment"))
    looker = Client()
    looker.force_login(person)

    assert buttons(looker, visit) == set()
    for button in ("check_in", "complete", "no_show", "cancel", "take_payment"):
        url = reverse(f"admin:spa_appointment_{button}", args=[visit.pk])
        assert looker.post(url, {"_form_submitted": "True"}).status_code == 403
    visit.refresh_from_db()
    assert visit.status == "confirmed"
