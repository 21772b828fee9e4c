"""Tips for several at the counter: each gets theirs, all of it, through the service and the API."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from finances.errors import TipSharedUnevenly
from finances.models import CounterPayment, LedgerEntry
from spa import errors
from spa.models import StaffMember
from spa.tests.conftest import Book
from spa.tests.factories import StaffFactory
from spa.tests.ledger import nothing_changes
from spa.tests.test_desk_admin import press, said
from spa.tests.test_visit_actions_api import post
from spa.tests.visits import books, certain, certain_soon, taking
from users.models import User
from users.tests.factories import UserFactory

D = Decimal


@pytest.fixture
def team(db: None) -> list[StaffMember]:
    """Two people of the studio."""
    return [StaffFactory.create(), StaffFactory.create()]


def owed() -> dict[Any, int]:
    entries = LedgerEntry.objects.filter(account="tips_payable")
    return {party: -int(amount) for party, amount in entries.values_list("party", "amount")}


def test_each_of_several_is_owed_their_part_of_a_tip(
    book: Book, staff_user: User, team: list[StaffMember]
) -> None:
    visit, (one, other) = certain(book), team

    taking(staff_user)(
        appointment_id=visit.pk, tip=D(9_000), tips={one.pk: D(5_000), other.pk: D(4_000)}
    )

    assert owed() == {one.resource_id: 5_000, other.resource_id: 4_000}
    assert books()["tips_payable"] == 9_000


def test_whoever_is_not_of_the_team_gets_no_tip(book: Book, staff_user: User) -> None:
    visit, take = certain(book), taking(staff_user)

    with pytest.raises(errors.StaffNotFound), nothing_changes():
        take(appointment_id=visit.pk, tip=D(9_000), tips={uuid4(): D(9_000)})


def test_parts_that_are_not_the_tip_are_refused(
    book: Book, staff_user: User, team: list[StaffMember]
) -> None:
    visit, take = certain(book), taking(staff_user)

    with pytest.raises(TipSharedUnevenly), nothing_changes():
        take(appointment_id=visit.pk, tip=D(9_000), tips={team[0].pk: D(8_999)})


def test_the_desk_shares_a_tip_over_http(
    api: Any, book: Book, staff_user: User, team: list[StaffMember]
) -> None:
    visit, desk = certain_soon(book), api.as_(staff_user)
    tips = [{"staff": str(one.pk), "amount": "4000"} for one in team]
    asked = {"method": "card", "amount": "70000", "tips": tips}

    paid = post(desk, f"{visit.pk}/payments", asked)

    assert paid.status_code == 201
    taken = CounterPayment.objects.get()
    assert (taken.tip, taken.is_tip_shared) == (8_000, True)
    assert owed() == dict.fromkeys((one.resource_id for one in team), 4_000)


@pytest.mark.parametrize(
    ("more", "status"),
    [({"tip": "9000"}, 422), ({"tips": [{"staff": "x", "amount": "1"}]}, 400)],
)
def test_what_does_not_fit_is_refused_over_http(
    api: Any, book: Book, team: list[StaffMember], more: dict[str, Any], status: int
) -> None:
    visit, desk = certain_soon(book), api.as_(UserFactory.create(staff=True))
    tips = [{"staff": str(one.pk), "amount": "4000"} for one in team]
    twice = {"method": "cash", "amount": "1", "tips": [tips[0], tips[0]]}

    answer = post(
        desk, f"{visit.pk}/payments", {"method": "cash", "amount": "1", "tips": tips} | more
    )

    assert answer.status_code == status
    assert post(desk, f"{visit.pk}/payments", twice).status_code == 400
    assert not CounterPayment.objects.exists()


@pytest.mark.parametrize(("tip", "parts"), [("9001", [4_501, 4_500]), ("8000", [4_000, 4_000])])
def test_the_administration_shares_a_tip_evenly_to_the_peso(
    client: Client,
    book: Book,
    admin_user: User,
    team: list[StaffMember],
    tip: str,
    parts: list[int],
) -> None:
    visit = certain_soon(book)
    client.force_login(admin_user)
    asked = {"amount": "1000", "method": "cash", "tip": tip}

    press(client, visit, "take_payment", **asked, tip_for=[str(one.pk) for one in team])

    assert sorted(owed().values(), reverse=True) == parts
    assert set(owed()) == {one.resource_id for one in team}
    assert CounterPayment.objects.get().is_tip_shared


def test_the_administration_shares_no_tip_that_is_none_or_too_small(
    client: Client, book: Book, admin_user: User, team: list[StaffMember]
) -> None:
    visit = certain_soon(book)
    client.force_login(admin_user)
    asked = {"amount": "1000", "method": "cash", "tip_for": [str(one.pk) for one in team]}

    nothing = press(client, visit, "take_payment", **asked, tip="0")
    too_small = press(client, visit, "take_payment", **asked, tip="1")

    assert nothing.context["form"].errors["tip"]
    assert said(too_small)[-1].startswith("Las partes")
    assert not CounterPayment.objects.exists()
