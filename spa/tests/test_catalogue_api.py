"""The public catalogue: places, shelves, services, people."""

from datetime import time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.models import Location
from finances.registry import Sellable, find_sellable
from finances.types import Scope
from spa.models import AddOn, Service, StaffMember
from spa.tests.conftest import rule_that
from spa.tests.factories import (
    CategoryFactory,
    LocationFactory,
    ServiceFactory,
    SkillFactory,
    StaffFactory,
)
from spa.tests.pictures import picture_of
from users.tests.factories import UserFactory

PAGE = {"count", "next", "previous", "results"}


def test_a_service_shows_its_price_and_what_is_paid_before_the_visit(
    api: Any, location: Location, service: Service
) -> None:
    Service.objects.update(vip_price=Decimal("90000.00"), deposit_percent=Decimal(25))
    stones = AddOn.objects.create(name="Piedras", extra_minutes=20, price=Decimal(30_000))
    gone = AddOn.objects.create(name="Barro", price=Decimal(0), is_active=False)
    for add_on in (stones, gone):
        add_on.services.set([service])

    answer = api.get("/api/v1/services")

    assert answer.status_code == 200
    assert set(answer.json()) == PAGE
    assert answer.json()["results"] == [
        {
            "id": str(service.pk),
            "name": service.name,
            "description": "",
            "category": service.category.name,
            "category_id": str(service.category_id),
            "duration_minutes": 60,
            "price": "120000.00",
            "vip_price": "90000.00",
            "currency": "COP",
            "deposit": "30000.00",
            "requires_staff": True,
            "is_low_supervision": False,
            "add_ons": [
                {
                    "id": str(stones.pk),
                    "name": "Piedras",
                    "extra_minutes": 20,
                    "price": "30000.00",
                    "currency": "COP",
                }
            ],
            "images": [],
            "locations": [str(location.pk)],
        }
    ]


def test_the_shown_deposit_follows_the_rules_at_once(api: Any, service: Service) -> None:
    rule_that(deposit_percent=Decimal("12.5"))

    assert api.get("/api/v1/services").json()["results"][0]["deposit"] == "15000.00"


def test_services_can_be_asked_for_by_place(api: Any, service: Service) -> None:
    elsewhere = LocationFactory.create()
    there = ServiceFactory.create(locations=[elsewhere])

    found = api.get("/api/v1/services", {"location": str(elsewhere.pk)}).json()["results"]

    assert [row["id"] for row in found] == [str(there.pk)]
    assert api.get("/api/v1/services", {"location": str(uuid4())}).json()["count"] == 0
    assert api.get("/api/v1/services", {"location": "x"}).status_code == 404


def test_what_cannot_be_booked_online_is_not_listed(api: Any, location: Location) -> None:
    here = {"locations": [location]}
    ServiceFactory.create(**here, is_online_bookable=False)
    ServiceFactory.create(**here).delete()
    StaffFactory.create(location=location, is_bookable=False)
    gone = StaffFactory.create(location=location)
    gone.resource.is_active = False
    gone.resource.save()
    LocationFactory.create(is_open_to_public=False)

    counts = [api.get(f"/api/v1/{name}").json()["count"] for name in ("services", "staff")]

    assert counts == [0, 0]
    assert api.get("/api/v1/locations").json()["count"] == 1


def test_na_08_staff_are_a_name_and_skills_nothing_private(api: Any, location: Location) -> None:
    account = UserFactory.create(staff=True, email="privada@example.com", phone="+573009998877")
    skill = SkillFactory.create()
    member = StaffFactory.create(location=location, user=account, skills=[skill])

    answer = api.get("/api/v1/staff")

    assert answer.json()["results"] == [
        {"id": str(member.pk), "name": member.display_name, "skills": [skill.name]}
    ]
    private = [account.email, account.phone, account.last_name, account.pk, member.resource_id]
    assert not [value for value in private if str(value) in answer.content.decode()]


def test_a_place_shows_its_address_clock_and_hours(api: Any, db: None) -> None:
    place = LocationFactory.create(hours=(time(8), time(20)), tax_id="900373115-3")

    (found,) = api.get("/api/v1/locations").json()["results"]

    assert found | {"opening_hours": None} == {
        "id": str(place.pk),
        "name": place.name,
        "slug": place.slug,
        "address": place.address,
        "city": "Bogotá",
        "country": "CO",
        "phone": "",
        "timezone": "America/Bogota",
        "currency": "COP",
        "opening_hours": None,
    }
    assert sorted(found["opening_hours"], key=lambda row: row["weekday"]) == [
        {"weekday": day, "opens": "08:00:00", "closes": "20:00:00"} for day in range(1, 8)
    ]


def test_shelves_come_in_the_studios_order(api: Any, db: None) -> None:
    last, first = CategoryFactory.create(position=2), CategoryFactory.create(position=1)

    found = api.get("/api/v1/service-categories").json()["results"]

    assert [row["id"] for row in found] == [str(first.pk), str(last.pk)]
    assert set(found[0]) == {"id", "name", "slug", "position"}


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize(
    ("name", "queries"),
    [("locations", 3), ("service-categories", 2), ("services", 6), ("staff", 3)],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    api: Any, db: None, name: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        place = LocationFactory.create()
        service = ServiceFactory.create(locations=[place])
        AddOn.objects.create(name="Piedras", price=Decimal(30_000)).services.set([service])
        StaffFactory.create(location=place, skills=[SkillFactory.create()])
        picture_of(service)
    api.get("/api/v1/services")

    # One counts the rows.
    with django_assert_num_queries(queries):
        answer = api.get(f"/api/v1/{name}")

    assert len(answer.json()["results"]) == rows


@pytest.mark.parametrize("name", ["locations", "service-categories", "services", "staff"])
def test_na_46_format_in_the_address_changes_nothing_for_anybody(
    api: Any, service: Service, therapist: StaffMember, name: str
) -> None:
    plain = api.get(f"/api/v1/{name}")
    formatted = api.get(f"/api/v1/{name}?format=csv")

    assert (plain.status_code, formatted.status_code) == (200, 200)
    assert formatted.json() == plain.json()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_catalogue_is_read_only(api: Any, admin_user: Any, method: str) -> None:
    answers = [
        getattr(api.as_(admin_user), method)(f"/api/v1/{name}")
        for name in ("locations", "service-categories", "services", "staff", "availability")
    ]

    assert {answer.status_code for answer in answers} == {405}


@pytest.mark.parametrize(("own", "shown"), [(None, "102000.00"), (90_000, "90000.00")])
def test_the_catalogue_says_what_a_member_pays_for_it(
    api: Any, service: Service, own: int | None, shown: str
) -> None:
    Service.objects.update(vip_price=own)

    (found,) = api.get("/api/v1/services").json()["results"]

    assert (found["price"], found["vip_price"]) == ("120000.00", shown)


def test_a_present_is_worth_what_the_service_costs_everybody_while_it_is_sold(
    service: Service,
) -> None:
    Service.objects.update(vip_price=90_000)
    found = find_sellable(Scope.SERVICES, service.pk)
    assert found == Sellable(service.name, Decimal(120_000), "COP")

    Service.objects.update(is_online_bookable=False)
    assert find_sellable(Scope.SERVICES, service.pk) is None
    assert find_sellable(Scope.SERVICES, uuid4()) is None
