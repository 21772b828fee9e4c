"""The administration: every page opens, every change is audited (CORE-05)."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.urls import reverse

from core.audit import find_broken_entry
from core.crypto import EncryptedTextField
from core.models import AuditEntry
from spa.models import CalendarImport, StaffMember
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGES = sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.fixture
def desk(admin_user: Any) -> Client:
    """The browser of an administrator."""
    admin_user.is_staff = admin_user.is_superuser = True
    admin_user.save(update_fields=["is_staff", "is_superuser"])
    browser = Client()
    browser.force_login(admin_user)
    return browser


@pytest.mark.parametrize("label", PAGES)
def test_every_list_and_every_form_opens(desk: Client, label: str) -> None:
    name = f"admin:{label.replace('.', '_')}"

    assert desk.get(reverse(f"{name}_changelist")).status_code == 200
    # 403 where nobody may add; never an error.
    assert desk.get(reverse(f"{name}_add")).status_code in {200, 403}


# What a person wrote for the people of the studio.
WRITTEN_TO_BE_READ = {
    "spa.Appointment.notes",
    "spa.AppointmentSeries.notes",
    "spa.StrikeAppeal.text",
    "spa.WaitlistEntry.notes",
}


def test_what_is_encrypted_is_shown_where_somebody_has_to_read_it_only(rf: Any) -> None:
    request, shown = rf.get("/"), set()
    request.user = UserFactory.create(admin=True)
    for model, page in admin.site._registry.items():
        parts = [page, *(inline(model, admin.site) for inline in page.inlines)]
        for part in parts:
            names = {*flatten_fieldsets(part.get_fieldsets(request)), *page.search_fields}
            names |= {str(name) for name in getattr(part, "list_display", ())}
            shown |= {
                f"{field.model._meta.label}.{field.name}"
                for field in part.model._meta.get_fields()
                if isinstance(field, EncryptedTextField) and field.name in names
            }

    # The address of a calendar is only ever typed.
    assert shown - {"spa.CalendarImport.url"} <= WRITTEN_TO_BE_READ


def test_the_address_of_a_calendar_is_typed_and_never_shown(desk: Client) -> None:
    member = StaffFactory.create(location=LocationFactory.create())
    form = {"staff": member.pk, "name": "Personal", "is_active": "on"}
    add = reverse("admin:spa_calendarimport_add")
    assert desk.post(add, form).status_code == 200
    address = "https://calendar.example.com/private-4711.ics"
    assert desk.post(add, form | {"url": address}).status_code == 302
    source = CalendarImport.objects.get()
    page = reverse("admin:spa_calendarimport_change", args=[source.pk])
    assert "4711" not in desk.get(page).content.decode()
    CalendarImport.objects.update(next_fetch_at=None, is_active=True)

    assert desk.post(page, form | {"name": "Otro"}).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.url) == ("Otro", address)
    assert desk.post(page, form | {"url": f"{address}2"}).status_code == 302
    source.refresh_from_db()
    assert source.url == f"{address}2"


def test_a_change_at_the_desk_is_audited_with_its_fields(desk: Client, admin_user: Any) -> None:
    location = LocationFactory.create()
    service = ServiceFactory.create(locations=[location], name="Masaje relajante")
    form = {
        "category": service.category_id,
        "name": "Masaje de relajación",
        "description": "",
        "duration_minutes": 60,
        "buffer_before_minutes": 0,
        "price": "120000",
        "currency": "COP",
        "commission_percent": "0",
        "requires_staff": "on",
        "locations": [location.pk],
        "is_online_bookable": "on",
        "images-TOTAL_FORMS": 0,
        "images-INITIAL_FORMS": 0,
    }

    answer = desk.post(reverse("admin:spa_service_change", args=[service.pk]), form)

    assert answer.status_code == 302, answer.content
    service.refresh_from_db()
    assert service.name == "Masaje de relajación"
    entry = AuditEntry.objects.get(action="spa.service.changed")
    assert entry.actor_id == admin_user.pk
    assert entry.subject_id == str(service.pk)
    assert entry.facts == {"fields": [{"changed": {"fields": ["Nombre"]}}]}
    assert find_broken_entry() is None


def test_somebody_who_joins_the_team_gets_a_resource_of_their_own(desk: Client) -> None:
    location = LocationFactory.create()
    hours = {"weekday": 1, "starts": "09:00", "ends": "17:00", "location": location.pk}
    form = {
        "display_name": "Luisa",
        "position": 0,
        "is_bookable": "on",
        "weekly_hours-TOTAL_FORMS": 1,
        "weekly_hours-INITIAL_FORMS": 0,
        **{f"weekly_hours-0-{field}": value for field, value in hours.items()},
        "exceptions-TOTAL_FORMS": 0,
        "exceptions-INITIAL_FORMS": 0,
    }

    answer = desk.post(reverse("admin:spa_staffmember_add"), form)

    assert answer.status_code == 302, answer.content
    member = StaffMember.objects.select_related("resource").get()
    assert (member.resource.kind, member.resource.name) == ("STAFF", "Luisa")
    assert member.weekly_hours.count() == 1


def test_the_first_page_shows_today_in_few_queries(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    # The sections of rules are a query each, and nothing else grows.
    with django_assert_max_num_queries(21):
        page = desk.get(reverse("admin:index"))

    assert page.status_code == 200
    assert "Citas de hoy" in page.content.decode()
    assert "No hay citas confirmadas por venir." in page.content.decode()


def test_the_door_speaks_spanish(db: None) -> None:
    page = Client().get(reverse("admin:login")).content.decode()

    assert "Te damos la bienvenida a" in page
    assert "Welcome" not in page
    assert 'href="/api/docs"' in page
