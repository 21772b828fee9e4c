"""Packages over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import Location
from spa.models import ClientPackage, Package, Service
from spa.tests.factories import LocationFactory, ServiceFactory
from spa.tests.packages import bought, offer, pay_for, sold
from users.tests.factories import UserFactory

PACKAGES = "/api/v1/packages"
MINE = "/api/v1/me/packages"


@pytest.fixture
def package(service: Service) -> Package:
    return offer(service)


def post(api: Any, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    return api.post(
        f"/api/v1/{path}",
        body or {},
        format="json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


def test_everybody_sees_what_is_for_sale(
    api: Any, package: Package, service: Service, location: Location
) -> None:
    offer(service, is_active=False)
    elsewhere = offer(service, price=90_000, validity_days=30)
    elsewhere.locations.set([LocationFactory.create()])

    everything = api.get(PACKAGES).json()
    here = api.get(PACKAGES, {"location": location.pk}).json()

    assert [found["id"] for found in everything["results"]] == [str(elsewhere.pk), str(package.pk)]
    assert [found["id"] for found in here["results"]] == [str(package.pk)]
    assert here["results"][0] == {
        "id": str(package.pk), "name": package.name, "description": "", "sessions": 5,
        "services": [{"id": str(service.pk), "name": service.name}], "class_types": [],
        "locations": [], "price": "500000.00", "currency": "COP", "validity_days": 90,
    }  # fmt: skip
    assert everything["results"][0]["validity_days"] == 30


def test_a_place_that_is_none_is_not_found(api: Any, package: Package) -> None:
    assert api.get(PACKAGES, {"location": "aquí"}).json()["code"] == "SPA-LOCATION-NOT-FOUND"


def test_the_list_costs_the_same_however_long_it_is(
    api: Any, service: Service, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        offer(service, ServiceFactory.create(), price=1000 + number).locations.set(
            LocationFactory.create_batch(2)
        )
    with django_assert_num_queries(6):
        page = api.get(PACKAGES).json()
    assert page["count"] == 12


def test_i_buy_a_package_pay_it_and_see_it(api: Any, package: Package, client_user: Any) -> None:
    me = api.as_(client_user)

    answer = post(me, f"packages/{package.pk}/buy")
    body = answer.json()

    assert answer.status_code == 201, body
    assert (body["status"], body["sessions_left"]) == ("pending_payment", 0)
    assert body["payment"]["kind"] == "package"
    assert body["payment"]["amount"] == "500000.00"
    assert body["payment"]["checkout"]["amount_in_cents"] == 50_000_000
    (waiting,) = me.get(MINE).json()["results"]
    assert waiting["payment"] == body["payment"]

    pay_for(ClientPackage.objects.get(), now=timezone.now())

    (mine,) = me.get(MINE).json()["results"]
    assert (mine["status"], mine["sessions_total"], mine["sessions_left"]) == ("active", 5, 5)
    assert (mine["sessions_booked"], mine["uses"]) == (0, [])
    assert mine["payment"]["status"] == "approved"
    assert mine["code"] == body["code"]


def test_the_same_key_buys_once(api: Any, package: Package, client_user: Any) -> None:
    me = api.as_(client_user)

    first = post(me, f"packages/{package.pk}/buy", key="uno")
    second = post(me, f"packages/{package.pk}/buy", key="uno")

    assert first.json() == second.json()
    assert ClientPackage.objects.count() == 1


def test_na_01_nobody_names_a_price_or_a_number_of_sessions(
    api: Any, package: Package, client_user: Any
) -> None:
    for field in ("price", "sessions", "paid", "status", "client"):
        answer = post(api.as_(client_user), f"packages/{package.pk}/buy", {field: 1})
        assert answer.json()["code"] == "CORE-INPUT-INVALID"
    assert not ClientPackage.objects.exists()


def test_a_package_that_is_not_for_sale_is_not_found(api: Any, client_user: Any) -> None:
    answer = post(api.as_(client_user), f"packages/{uuid4()}/buy")

    assert (answer.status_code, answer.json()["code"]) == (404, "SPA-PACKAGE-NOT-FOR-SALE")


def test_i_see_only_mine_and_unpaid_ones_while_they_can_be_paid(
    api: Any, package: Package, client_user: Any
) -> None:
    now = timezone.now()
    sold(package, client_id=UserFactory.create().pk, now=now)
    old = bought(package, client_id=client_user.pk, now=now - timedelta(hours=1))
    new = bought(package, client_id=client_user.pk, now=now)
    paid = sold(package, client_id=client_user.pk, now=now - timedelta(days=1))

    found = [row["id"] for row in api.as_(client_user).get(MINE).json()["results"]]

    assert str(old.pk) not in found
    assert found == [str(new.pk), str(paid.pk)]


def test_my_packages_cost_the_same_however_many_they_are(
    api: Any, package: Package, client_user: Any, django_assert_num_queries: Any
) -> None:
    for _ in range(8):
        bought(package, client_id=client_user.pk, now=timezone.now())
    me = api.as_(client_user)
    with django_assert_num_queries(5):
        assert me.get(MINE).json()["count"] == 8


def test_staff_sell_pay_back_and_hand_on(
    api: Any, package: Package, client_user: Any, staff_user: Any
) -> None:
    desk, friend = api.as_(staff_user), UserFactory.create()

    sale = post(
        desk, f"packages/{package.pk}/sell", {"client": str(client_user.pk), "method": "cash"}
    )
    assert (sale.status_code, sale.json()["status"]) == (201, "active")
    one = f"client-packages/{sale.json()['id']}"
    handed = post(desk, f"{one}/transfer", {"to": str(friend.pk), "reason": "regalo"})
    assert handed.status_code == 200, handed.json()
    refunded = post(desk, f"{one}/refund", {"reason": "se mudó"}, key="dos")
    again = post(desk, f"{one}/refund", {"reason": "se mudó"}, key="dos")
    later = post(desk, f"{one}/refund", {"reason": "se mudó"})

    assert refunded.json() == again.json()
    assert refunded.json() == {
        "id": sale.json()["id"], "status": "refunded", "sessions": 5, "credit": "500000.00",
        "currency": "COP",
    }  # fmt: skip
    assert (later.status_code, later.json()["code"]) == (409, "SPA-PACKAGE-NOTHING-TO-REFUND")
    assert api.as_(client_user).get(MINE).json()["count"] == 0
    assert api.as_(friend).get(MINE).json()["results"][0]["status"] == "refunded"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("packages/{package}/sell", {"method": "cash"}),
        ("packages/{package}/sell", {"client": str(uuid4()), "method": "conchas"}),
        ("client-packages/{package}/refund", {}),
        ("client-packages/{package}/transfer", {"to": str(uuid4())}),
    ],
)
def test_what_is_missing_or_unknown_is_refused(
    api: Any, package: Package, staff_user: Any, path: str, body: dict[str, str]
) -> None:
    answer = post(api.as_(staff_user), path.format(package=package.pk), body)

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
