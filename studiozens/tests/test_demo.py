"""The demonstration studio: believable, bookable, loaded once however often."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.utils import timezone

from core.models import Holiday, Location
from spa.models import (
    AddOn,
    ClassSession,
    ClassType,
    Package,
    Resource,
    ScheduleException,
    Service,
    ServiceCategory,
    ServiceImage,
    StaffMember,
    WeeklyHours,
)
from studiozens.demo.accounts import ACCOUNTS, PASSWORD
from users.models import User

pytestmark = pytest.mark.django_db
LOADED: list[type[Model]] = [
    Location, Holiday, ServiceCategory, Service, StaffMember, WeeklyHours, Resource,
    ScheduleException, User, Package, ServiceImage, AddOn, ClassType, ClassSession,
]  # fmt: skip


def test_loading_it_twice_changes_nothing() -> None:
    call_command("demo", stdout=StringIO())
    once = {model: model._default_manager.count() for model in LOADED}

    call_command("demo", stdout=StringIO())

    assert {model: model._default_manager.count() for model in LOADED} == once
    assert (once[Location], once[ServiceCategory], once[Service]) == (2, 4, 12)
    assert once[StaffMember] == 6
    covered = Package.objects.order_by("sessions").values_list("sessions", "services__name")
    assert [sessions for sessions, name in covered if name] == [3, 3, 3, 5, 10, 10, 10]
    assert (once[AddOn], once[ClassType]) == (3, 2)


def test_every_class_can_be_joined_in_a_week(api: Any) -> None:
    call_command("demo", stdout=StringIO())
    today = timezone.localdate()

    asked = {"from": str(today), "to": str(today.fromordinal(today.toordinal() + 7))}
    sessions = api.get("/api/v1/classes/sessions", asked).json()["results"]

    free = {row["type"]["name"] for row in sessions if row["seats_free"]}
    assert free == {"Yoga restaurativo", "Estiramiento y calma"}


def test_what_a_person_changed_stays_changed() -> None:
    call_command("demo", stdout=StringIO())
    Service.objects.filter(name="Masaje relajante").update(price=199_000)

    call_command("demo", stdout=StringIO())

    assert Service.objects.get(name="Masaje relajante").price == 199_000


def test_one_account_per_role_signs_in(api: Any) -> None:
    call_command("demo", stdout=StringIO())

    answers = {
        account.role: api.post(
            "/api/v1/auth/token", {"phone": account.phone, "password": PASSWORD}, format="json"
        )
        for account in ACCOUNTS
    }

    assert {role: answer.status_code for role, answer in answers.items()} == {
        "admin": 200, "staff": 200, "client": 200, "vip": 200,
    }  # fmt: skip


def test_every_service_has_a_free_time_within_two_weeks(api: Any, settings: Any) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "catalogue": ""}
    call_command("demo", stdout=StringIO())
    today = timezone.localdate()
    for service in api.get("/api/v1/services").json()["results"]:
        for location in service["locations"]:
            query = {
                "services": service["id"],
                "location": location,
                "from": str(today),
                "to": str(today.fromordinal(today.toordinal() + 13)),
            }
            days = api.get("/api/v1/availability", query).json()["days"]
            assert any(day["slots"] for day in days), service["name"]


def test_a_newcomer_sees_pictures_and_whoever_takes_one_away_does_not_find_it_again(
    api: Any,
) -> None:
    call_command("demo", stdout=StringIO())
    shown = api.get("/api/v1/services").json()["results"]
    pictures = {row["name"]: row["images"] for row in shown if row["images"]}

    assert set(pictures) == {"Masaje relajante", "Ritual andino de sal y café"}
    assert [(one["width"], one["height"]) for (one,) in pictures.values()] == [(1200, 800)] * 2

    ServiceImage.objects.get(service__name="Masaje relajante").delete()
    call_command("demo", stdout=StringIO())

    assert ServiceImage.objects.count() == 1


def test_it_refuses_production(settings: Any) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="not in production"):
        call_command("demo")
    assert not User.objects.exists()
