"""The till over HTTP and in the admin: counted blind, by staff."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Location
from finances.models import CashShift
from finances.tests.credits import NOON
from finances.tests.places import make_place
from users.models import User

SHIFTS = "/api/v1/cash-shifts"


@pytest.fixture
def place(db: None) -> Location:
    return make_place()


def post(api: Any, path: str, body: dict[str, Any], key: str = "k-1") -> Any:
    return api.post(path, body, format="json", headers={"Idempotency-Key": key})


@pytest.mark.django_db(transaction=True)
def test_a_shift_from_its_float_to_its_count(api: Any, staff_user: User, place: Location) -> None:
    caller = api.as_(staff_user)
    asked = {"location": str(place.pk), "opening_float": "100000.00"}

    opened = post(caller, SHIFTS, asked)
    again = post(caller, SHIFTS, asked)
    shift = opened.json()["id"]
    out = {"kind": "to_bank", "amount": "30000", "reason": "consignación"}
    moved = post(caller, f"{SHIFTS}/{shift}/movements", out, "k-2")
    current = caller.get(f"{SHIFTS}/current?location={place.pk}").json()
    closed = post(caller, f"{SHIFTS}/{shift}/close", {"counted": "69000"}, "k-3")

    assert (opened.status_code, again.content) == (201, opened.content)
    assert moved.status_code == 201
    assert [row["amount"] for row in current["movements"]] == ["-30000.00"]
    # Before it is counted nothing says what should be there.
    assert (current["expected"], current["difference"], current["counted"]) == (None, None, None)
    assert closed.status_code == 200
    answer = closed.json()
    assert (answer["expected"], answer["difference"]) == ("70000.00", "-1000.00")
    assert caller.get(f"{SHIFTS}/{shift}").json() == answer
    assert caller.get(f"{SHIFTS}/current?location={place.pk}").status_code == 404
    assert caller.get(f"{SHIFTS}/current?location=aqui").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_refusals_have_their_codes(api: Any, staff_user: User, place: Location) -> None:
    caller = api.as_(staff_user)
    asked = {"location": str(place.pk), "opening_float": "0"}
    shift = post(caller, SHIFTS, asked, "first").json()["id"]

    second = post(caller, SHIFTS, asked, "second")
    keyless = caller.post(SHIFTS, asked, format="json")
    odd = post(caller, f"{SHIFTS}/{shift}/close", {"counted": "0.5"}, "third")

    codes = [answer.json()["code"] for answer in (second, keyless, odd)]
    assert codes == [
        "FIN-CASH-SHIFT-OPEN-ALREADY",
        "CORE-IDEMPOTENCY-KEY-MISSING",
        "FIN-CASH-AMOUNT-WRONG",
    ]


def test_a_page_of_shifts_costs_the_same_whatever_its_length(
    api: Any, staff_user: User, place: Location, django_assert_num_queries: Any
) -> None:
    caller = api.as_(staff_user)
    make_open(place, staff_user)
    for name in ("Usaquén", "Cedritos", "Suba"):
        make_open(make_place(name), staff_user)
        with django_assert_num_queries(4):  # who asks, the count, shifts, their movements
            page = caller.get(SHIFTS).json()
    assert page["count"] == 4
    assert caller.get(f"{SHIFTS}?open=true&location={place.pk}").json()["count"] == 1


def make_open(place: Location, actor: User) -> CashShift:
    return CashShift.objects.create(
        location=place, currency="COP", opening_float=0, opened_by=actor, opened_at=NOON
    )


@pytest.mark.django_db(transaction=True)
def test_a_receptionist_works_the_till_in_the_admin(
    client: Client, admin_user: User, place: Location
) -> None:
    client.force_login(admin_user)
    fill(client, "open_shift", (), location=place.pk, opening_float="100000")
    shift = CashShift.objects.get()
    page = reverse("admin:finances_cashshift_change", args=[shift.pk])
    shown = client.get(page).content.decode()
    fill(client, "move", [shift.pk], kind="expense", amount="5000", reason="café")
    fill(client, "count", [shift.pk], counted="95000")

    shift.refresh_from_db()
    assert "Contar y cerrar" in shown
    assert shift.opened_by_id == shift.closed_by_id == admin_user.pk
    assert (shift.expected, shift.difference) == (Decimal(95_000), 0)
    assert "Contar y cerrar" not in client.get(page).content.decode()


def fill(client: Client, button: str, row: Any, **typed: Any) -> None:
    """Open the button's dialog, fill it in and send it; a hidden field is sent as it came."""
    url = reverse(f"admin:finances_cashshift_{button}", args=row)
    form = client.get(url).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    answer = client.post(url, {**hidden, **typed})
    assert "HX-Redirect" in answer.headers, answer.context["form"].errors
