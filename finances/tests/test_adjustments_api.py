"""Adjustments over HTTP and in the admin: who asks, who agrees."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from finances.models import Adjustment, CreditLot
from finances.tests.desks import buttons, press, said
from users.models import User
from users.tests.factories import UserFactory

URL = "/api/v1/adjustments"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def ask(api: Any, who: User, client: User, amount: str, **headers: str) -> Any:
    wanted = {"client": str(client.pk), "amount": amount, "reason": "una demora"}
    return api.as_(who).post(URL, wanted, format="json", headers=headers or key())


def test_staff_ask_and_an_administrator_agrees(
    api: Any, client_user: User, staff_user: User, admin_user: User
) -> None:
    asked = ask(api, staff_user, client_user, "600000.00")
    path = f"{URL}/{asked.json()['id']}/approve"
    refused = api.as_(staff_user).post(path, headers=key())
    agreed = api.as_(admin_user).post(path, headers=key())
    again = api.as_(admin_user).post(path, headers=key())

    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    assert (asked.json()["needs_approval"], asked.json()["decided_by"]) == (True, None)
    assert refused.status_code == 403
    assert (agreed.status_code, agreed.json()["state"]) == (200, "applied")
    assert agreed.json()["decided_by"] == str(admin_user.pk)
    assert (again.status_code, again.json()["code"]) == (409, "FIN-ADJUSTMENT-DECIDED")
    assert CreditLot.objects.get().amount == 600_000


def test_a_repeat_of_one_key_gives_once(api: Any, client_user: User, staff_user: User) -> None:
    same = key()
    first, second = (ask(api, staff_user, client_user, "1000.00", **same) for _ in range(2))

    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert CreditLot.objects.get().amount == 1_000


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("0.00", 422, "FIN-ADJUSTMENT-AMOUNT-WRONG"),
        ("5000001.00", 422, "FIN-ADJUSTMENT-TOO-LARGE"),
        ("-1.00", 409, "FIN-ADJUSTMENT-TAKES-TOO-MUCH"),
    ],
)
def test_refusals_say_why(
    api: Any, client_user: User, staff_user: User, amount: str, status: int, code: str
) -> None:
    answer = ask(api, staff_user, client_user, amount)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Adjustment.objects.exists()


def test_an_administrator_refuses_with_a_reason(
    api: Any, client_user: User, staff_user: User, admin_user: User
) -> None:
    path = f"{URL}/{ask(api, staff_user, client_user, '600000').json()['id']}/reject"
    boss = api.as_(admin_user)

    bare = boss.post(path, {}, format="json", headers=key())
    refused = boss.post(path, {"reason": "ya se pagó"}, format="json", headers=key())

    assert bare.status_code == 400
    assert (refused.json()["state"], refused.json()["answer"]) == ("rejected", "ya se pagó")
    assert not CreditLot.objects.exists()


def test_the_list_costs_the_same_however_long_and_can_be_narrowed(
    api: Any, client_user: User, staff_user: User, django_assert_num_queries: Any
) -> None:
    caller = api.as_(staff_user)
    for number in (1, 3):
        for _ in range(number):
            ask(api, staff_user, client_user, "1000")
        with django_assert_num_queries(3):  # who calls, how many, the page
            page = caller.get(URL).json()
    ask(api, staff_user, UserFactory.create(), "700000")

    assert page["count"] == 4
    waiting = caller.get(f"{URL}?state=requested").json()["results"]
    assert [row["amount"] for row in waiting] == ["700000.00"]
    assert caller.get(f"{URL}?client={client_user.pk}").json()["count"] == 4


def test_the_desk_asks_and_somebody_else_presses_approve(
    client_user: User, admin_user: User
) -> None:
    first, second = Client(), Client()
    first.force_login(admin_user)
    second.force_login(UserFactory.create(admin=True))

    asked = press(
        first, Adjustment, "ask", phone=client_user.phone, amount="600000", reason="una demora"
    )
    row = Adjustment.objects.get()
    own = press(first, row, "approve")
    agreed = press(second, row, "approve")

    assert said(asked) == ["Queda por aprobar: lo decide otra persona."]
    assert "Quien pidió el ajuste no puede aprobarlo." in said(own)
    assert said(agreed) == ["Saldo ajustado."]
    assert CreditLot.objects.get().amount == 600_000
    assert buttons(second, row) == set()


def test_the_desk_refuses(client_user: User, admin_user: User, staff_user: User) -> None:
    desk = Client()
    desk.force_login(admin_user)
    press(desk, Adjustment, "ask", phone=client_user.phone, amount="600000", reason="una demora")
    row = Adjustment.objects.get()

    assert buttons(desk, row) == {"Aprobar", "Rechazar"}
    press(desk, row, "reject", reason="ya se pagó")

    row.refresh_from_db()
    assert (row.state, row.answer) == ("rejected", "ya se pagó")
