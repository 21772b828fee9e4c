"""`GET me/credit`: what I have, what waits, what ends when, and how it came and went."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from finances.domain.statuses import Status
from finances.models import CreditLot
from finances.services.credit import expire_ended_credit
from finances.tests.credits import VISIT, give, release, reserve, use
from finances.tests.payables import FakePayable
from finances.tests.test_batches import seen, settle_together
from finances.types import Allocation
from users.models import User
from users.tests.factories import UserFactory

URL = "/api/v1/me/credit"
THIS, THAT = UUID(int=1), UUID(int=2)


@pytest.fixture
def now() -> Any:
    return timezone.now()


def test_whoever_has_none_is_told_so(api: Any, client_user: User) -> None:
    answer = api.as_(client_user).get(URL)

    assert answer.status_code == 200
    assert answer.json() == {
        "balances": [],
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_balances_say_what_is_there_what_waits_and_what_ends_when(
    api: Any, client_user: User, now: Any
) -> None:
    mine = client_user.pk
    soon, late = (give(mine, 10_000, now=now, valid_days=days) for days in (5, 50))
    give(mine, 7, currency="USD", now=now)
    give(UserFactory.create().pk, 99_000, now=now)
    give(mine, 4_000, now=now - timedelta(days=400))
    reserve(mine, 4_000, THIS, now=now)

    balances = api.as_(client_user).get(URL).json()["balances"]

    assert [balance["currency"] for balance in balances] == ["COP", "USD"]
    assert (balances[0]["available"], balances[0]["reserved"]) == ("16000.00", "4000.00")
    assert [part["amount"] for part in balances[0]["ending"]] == ["6000.00", "10000.00"]
    ends = [part["expires_at"] for part in balances[0]["ending"]]
    assert ends == [lot.expires_at.isoformat() for lot in (soon, late)]


def test_movements_say_how_it_came_and_went(
    api: Any, client_user: User, now: Any, open_one: Any, payable: FakePayable
) -> None:
    mine = client_user.pk
    payable.answer = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")
    payment = open_one(client_id=mine)
    settle_together(seen(payment))
    give(mine, 20_000, now=now + timedelta(minutes=1), valid_days=1)
    for visit in (THIS, THAT):
        reserve(mine, 15_000, visit, now=now + timedelta(minutes=2))
    use(THIS, now=now + timedelta(minutes=3))
    release(THAT, now=now + timedelta(minutes=4))
    expire_ended_credit.body(now=now + timedelta(days=3))
    settle_together(seen(payment, Status.VOIDED))

    page = api.as_(client_user).get(URL).json()

    told = [(row["kind"], row["amount"], row["reason"]) for row in page["results"]]
    assert sorted(told) == [
        ("credit_expired", "-5000.00", ""),
        ("credit_issued", "20000.00", "premio de pruebas"),
        ("credit_received", "48000.00", "el horario ya estaba ocupado"),
        ("credit_used", "-15000.00", ""),
        ("payment_voided", "-48000.00", "el horario ya estaba ocupado"),
    ]
    assert [row["at"] for row in page["results"]] == sorted(
        (row["at"] for row in page["results"]), reverse=True
    )
    (used,) = [row for row in page["results"] if row["kind"] == "credit_used"]
    assert (used["payable_kind"], used["payable_id"]) == (VISIT, str(THIS))
    assert page["balances"] == []


def test_nobody_sees_what_others_have(api: Any, client_user: User, now: Any) -> None:
    give(UserFactory.create().pk, 99_000, now=now)

    answer = api.as_(client_user).get(URL).json()

    assert (answer["balances"], answer["count"]) == ([], 0)


def test_it_costs_the_same_whatever_its_length(
    api: Any, client_user: User, now: Any, django_assert_num_queries: Any
) -> None:
    caller = api.as_(client_user)
    for number in (1, 8):
        for _ in range(number):
            give(client_user.pk, 1_000, now=now)
        reserve(client_user.pk, 1_000, UUID(int=number), now=now)
        use(UUID(int=number), now=now)

        # who calls, balances, how many, the page, lots and uses it names
        with django_assert_num_queries(6):
            page = caller.get(URL).json()
    assert page["count"] == 11
    assert CreditLot.objects.count() == 9
