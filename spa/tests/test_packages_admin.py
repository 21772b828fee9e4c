"""Packages as a receptionist handles them."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from finances.models import CounterPayment, CreditLot
from spa.models import ClientPackage, Package, Service
from spa.tests.packages import offer, sold
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(admin_user: Any) -> Client:
    """The browser of somebody who may do everything."""
    return browser(admin_user, is_superuser=True)


def browser(person: Any, *, is_superuser: bool = False) -> Client:
    person.is_staff, person.is_superuser = True, is_superuser
    person.save(update_fields=["is_staff", "is_superuser"])
    found = Client()
    found.force_login(person)
    return found


@pytest.fixture
def package(service: Service) -> Package:
    return offer(service)


@pytest.fixture
def mine(package: Package, client_user: Any) -> ClientPackage:
    return sold(package, client_id=client_user.pk, now=timezone.now())


def press(desk: Client, row: Any, button: str, **typed: Any) -> Any:
    """Open the button's dialog, fill it in and send it; a hidden field is sent as it came."""
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    url = reverse(f"admin:{label}_{button}", args=[row.pk])
    form = desk.get(url).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return desk.post(url, {**hidden, **typed})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_package_is_sold_to_whoever_stands_at_the_desk(
    desk: Client, package: Package, client_user: Any, admin_user: Any
) -> None:
    answer = press(desk, package, "sell", phone=client_user.phone, method="card")

    mine = ClientPackage.objects.get()
    assert (mine.client_id, mine.status, mine.sold_by_id) == (
        client_user.pk, "active", admin_user.pk,
    )  # fmt: skip
    assert CounterPayment.objects.get().method == "card"
    assert mine.code in said(answer)[0]
    assert answer["HX-Redirect"].endswith(f"/{package.pk}/change/")


def test_a_dialog_that_is_sent_twice_sells_once(
    desk: Client, package: Package, client_user: Any
) -> None:
    url = reverse("admin:spa_package_sell", args=[package.pk])
    form = desk.get(url).context["form"]
    typed = {field.name: field.value() for field in form.hidden_fields()}
    typed |= {"phone": client_user.phone, "method": "cash"}

    first, second = desk.post(url, typed), desk.post(url, typed)

    assert first.status_code == second.status_code == 200
    assert ClientPackage.objects.count() == CounterPayment.objects.count() == 1


def test_a_phone_nobody_has_sells_nothing_and_says_so(desk: Client, package: Package) -> None:
    answer = press(desk, package, "sell", phone="+573009999999", method="cash")

    assert "Nadie tiene ese teléfono." in answer.content.decode()
    assert not ClientPackage.objects.exists()


def test_what_was_not_used_is_paid_back_and_a_second_press_says_why_not(
    desk: Client, mine: ClientPackage
) -> None:
    first = press(desk, mine, "refund", reason="se mudó de ciudad")
    second = press(desk, mine, "refund", reason="se mudó de ciudad")

    assert said(first) == ["Saldo a favor por 5 sesiones: 500000.00"]
    assert "A ese paquete no le quedan sesiones por devolver." in said(second)
    assert CreditLot.objects.get().amount == 500_000
    assert AuditEntry.objects.filter(action="spa.package.refunded").count() == 1


def test_a_package_is_handed_to_somebody_else(desk: Client, mine: ClientPackage) -> None:
    friend = UserFactory.create()

    press(desk, mine, "transfer", phone=friend.phone, reason="regalo")

    assert ClientPackage.objects.get().client_id == friend.pk


@pytest.mark.parametrize(("button", "typed"), [("refund", {}), ("transfer", {"phone": "x"})])
def test_without_a_reason_nothing_happens(
    desk: Client, mine: ClientPackage, button: str, typed: dict[str, str]
) -> None:
    answer = press(desk, mine, button, **typed)

    assert "HX-Redirect" not in answer
    assert ClientPackage.objects.get().sessions_left == 5
    assert not AuditEntry.objects.filter(action__startswith="spa.package.").exists()


def test_who_has_no_permission_sells_and_settles_nothing(
    package: Package, mine: ClientPackage, staff_user: Any
) -> None:
    unauthorised = browser(staff_user)

    for row, button in [(package, "sell"), (mine, "refund"), (mine, "transfer")]:
        label = f"{row._meta.app_label}_{row._meta.model_name}"
        url = reverse(f"admin:{label}_{button}", args=[row.pk])
        assert unauthorised.post(url, {"_form_submitted": True}).status_code == 403
    assert ClientPackage.objects.count() == 1


def test_the_pages_show_their_buttons(desk: Client, package: Package, mine: ClientPackage) -> None:
    offered = desk.get(reverse("admin:spa_package_change", args=[package.pk])).content.decode()
    had = desk.get(reverse("admin:spa_clientpackage_change", args=[mine.pk])).content.decode()

    assert "Vender" in offered
    assert "Devolver lo no usado" in had
    assert "Ceder a otra persona" in had
    assert mine.code in had
