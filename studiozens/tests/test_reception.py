"""The receptionist in the admin: what they find, and what they may not."""

from collections import Counter
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from studiozens.groups import RECEPTION, RECEPTION_POWERS, ensure_groups
from studiozens.navigation import PAGES
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
RULES = ["spa_bookingsettings", "users_identitysettings", "finances_ledgertransaction"]


@pytest.fixture
def receptionist() -> User:
    """Somebody of the group, as it is made."""
    Group.objects.filter(name=RECEPTION).delete()
    ensure_groups()
    person = UserFactory.create(staff=True, is_staff=True)
    person.groups.add(Group.objects.get(name=RECEPTION))
    return person


@pytest.fixture
def browser(receptionist: User) -> Client:
    """Their browser."""
    browser = Client()
    browser.force_login(receptionist)
    return browser


def titles(page: Any) -> list[str]:
    """The groups of the side bar."""
    return [group["title"] for group in page.context["sidebar_navigation"]]


def test_every_page_of_the_admin_is_in_the_side_bar_once() -> None:
    listed = Counter(label.lower() for _, pages in PAGES for label, _ in pages)

    assert set(listed) == {model._meta.label_lower for model in admin.site._registry}
    assert set(listed.values()) == {1}


def test_a_receptionist_opens_everything_of_the_day_and_books(browser: Client) -> None:
    home = browser.get(reverse("admin:index"))
    reception = home.context["sidebar_navigation"][0]

    assert titles(home) == ["Recepción", "Dinero", "Oferta", "Equipo y sedes"]
    assert len(reception["items"]) == len(PAGES[0][1])
    for item in reception["items"]:
        assert browser.get(str(item["link"])).status_code == 200
    visits = browser.get(reverse("admin:spa_appointment_changelist"))
    assert {action["title"] for action in visits.context["actions_list"]} == {
        "Nueva cita", "Llegada por código",
    }  # fmt: skip


@pytest.mark.parametrize("page", RULES)
def test_a_receptionist_changes_no_rules_and_reads_no_ledger(browser: Client, page: str) -> None:
    assert browser.get(reverse(f"admin:{page}_changelist")).status_code == 403


def test_a_receptionist_sets_nobodys_password(browser: Client) -> None:
    other = UserFactory.create()

    answer = browser.get(reverse("admin:auth_user_password_change", args=[other.pk]))

    assert answer.status_code == 403


def test_every_power_exists_and_what_people_took_away_stays_away(receptionist: User) -> None:
    group = Group.objects.get(name=RECEPTION)
    assert group.permissions.count() == sum(len(powers) for powers in RECEPTION_POWERS.values())
    group.permissions.clear()

    ensure_groups()

    assert not group.permissions.exists()


def test_the_log_in_page_leads_to_the_days_work(receptionist: User) -> None:
    receptionist.set_password("clave-de-recepción")
    receptionist.save(update_fields=["password"])

    typed = {"username": receptionist.phone, "password": "clave-de-recepción"}
    answer = Client().post(reverse("admin:login"), typed)

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
