"""Refunds over HTTP and in the admin: who asks, who agrees, who sees what became of it."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from finances.models import CreditLot, Refund
from finances.tests.desks import buttons, press, said
from finances.tests.refunding import WHOLE, Refunding, work
from finances.tests.refunding import limit as limit
from finances.tests.refunding import paid as paid
from users.models import User
from users.tests.factories import UserFactory

URL = "/api/v1/refunds"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def ask(api: Any, who: User, paid: Refunding, **more: Any) -> Any:
    headers = more.pop("headers", None) or key()
    wanted = {
        "payment": str(paid.payment.pk),
        "amount": "20000.00",
        "source": "goodwill",
        "destination": "gateway",
        "reason": "no pudo venir",
    }
    return api.as_(who).post(URL, wanted | more, format="json", headers=headers)


def test_staff_ask_and_see_what_became_of_it(api: Any, staff_user: User, paid: Refunding) -> None:
    asked = ask(api, staff_user, paid)
    work()
    shown = api.as_(staff_user).get(f"{URL}/{asked.json()['id']}").json()

    assert (asked.status_code, asked.json()["state"]) == (201, "queued")
    assert asked.json()["payment"] == str(paid.payment.pk)
    assert (shown["state"], shown["needs_person"], shown["refusal"]) == ("done", False, "")
    missing = api.as_(staff_user).get(f"{URL}/{uuid4()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "FIN-REFUND-UNKNOWN")


def test_a_repeat_of_one_key_gives_back_once(api: Any, staff_user: User, paid: Refunding) -> None:
    same = key()
    first, second = (ask(api, staff_user, paid, headers=same) for _ in range(2))

    assert first.content == second.content
    assert (second.headers["Idempotency-Replayed"], Refund.objects.count()) == ("true", 1)
    assert paid.attempt.refunded == 20_000


def test_above_the_limit_an_administrator_agrees_or_not(
    api: Any, staff_user: User, admin_user: User, paid: Refunding, limit: Any
) -> None:
    limit(0)
    one, other = (f"{URL}/{ask(api, staff_user, paid).json()['id']}" for _ in range(2))
    boss = api.as_(admin_user)

    refused = api.as_(staff_user).post(f"{one}/approve", headers=key())
    agreed = boss.post(f"{one}/approve", headers=key())
    again = boss.post(f"{one}/approve", headers=key())
    bare = boss.post(f"{other}/reject", {}, format="json", headers=key())
    rejected = boss.post(f"{other}/reject", {"reason": "no"}, format="json", headers=key())
    rejected = boss.post(f"{other}/reject", {"reason": "no va"}, format="json", headers=key())

    assert refused.status_code == 403
    assert (agreed.json()["state"], agreed.json()["needs_approval"]) == ("queued", True)
    assert (again.status_code, again.json()["code"]) == (409, "FIN-REFUND-DECIDED")
    assert bare.status_code == 400
    assert (rejected.json()["state"], rejected.json()["answer"]) == ("rejected", "no va")


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"amount": "48001.00"}, 409, "FIN-REFUND-TOO-MUCH"),
        ({"amount": "0.00"}, 422, "FIN-REFUND-AMOUNT-WRONG"),
        ({"source": "credit"}, 409, "FIN-REFUND-NO-CREDIT"),
        ({"source": "credit", "destination": "credit"}, 422, "FIN-REFUND-WAY-WRONG"),
        ({"destination": "cash"}, 422, "FIN-REFUND-PLACE-MISSING"),
        ({"payment": str(uuid4())}, 404, "FIN-PAYMENT-UNKNOWN"),
        ({"destination": "moon"}, 400, "CORE-INPUT-INVALID"),
    ],
)
def test_refusals_say_why(
    api: Any, staff_user: User, paid: Refunding, wish: Any, status: int, code: str
) -> None:
    answer = ask(api, staff_user, paid, **wish)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Refund.objects.exists()


def test_the_list_costs_the_same_however_long_and_can_be_narrowed(
    api: Any, staff_user: User, paid: Refunding, django_assert_num_queries: Any
) -> None:
    caller = api.as_(staff_user)
    for number in (1, 3):
        for _ in range(number):
            ask(api, staff_user, paid, amount="1000")
        # Who calls, how many, the page with its payments, their credit notes.
        with django_assert_num_queries(4):
            page = caller.get(URL).json()

    assert page["count"] == 4
    assert caller.get(f"{URL}?state=done").json()["count"] == 0
    assert caller.get(f"{URL}?client={paid.payment.client_id}").json()["count"] == 4
    assert caller.get(f"{URL}?client={uuid4()}").json()["count"] == 0


def test_the_desk_asks_and_somebody_else_presses_approve(
    admin_user: User, paid: Refunding, limit: Any
) -> None:
    limit(0)
    first, second = Client(), Client()
    first.force_login(admin_user)
    second.force_login(UserFactory.create(admin=True))
    typed = {
        "amount": "20000",
        "source": "goodwill",
        "destination": "credit",
        "reason": "una demora",
    }

    asked = press(first, paid.payment, "give_back", **typed)
    row = Refund.objects.get()
    assert buttons(second, row) == {"Aprobar", "Rechazar"}
    own = press(first, row, "approve")
    agreed = press(second, row, "approve")

    assert said(asked) == ["Devolución: Por aprobar"]
    assert "Quien pidió la devolución no puede aprobarla." in said(own)
    assert said(agreed) == ["Devolución: Hecha"]
    assert CreditLot.objects.get().amount == 20_000
    assert buttons(second, row) == set()


def test_the_desk_ends_what_nobody_can_look_up(admin_user: User, paid: Refunding) -> None:
    desk = Client()
    desk.force_login(admin_user)
    refund = paid.ask()
    paid.wire.sandbox.faults("wompi", "lost_answer", path="/void", next=1)
    work()
    assert buttons(desk, refund) == set()
    Refund.objects.update(next_look_at=None)
    assert buttons(desk, refund) == {
        "Volver a consultar", "La pasarela la hizo", "La pasarela no la hizo",
    }  # fmt: skip

    press(desk, refund, "look_again")
    refused = press(desk, refund, "it_did_not", reason="no está")
    work()

    assert "Todavía la consultamos" in said(refused)[-1]
    refund.refresh_from_db()
    assert (refund.state, paid.gone()) == ("done", WHOLE)


def test_a_person_sees_to_it_in_the_admin(admin_user: User, paid: Refunding) -> None:
    desk = Client()
    desk.force_login(admin_user)
    for button, state in (
        ("it_went_back", "done"),
        ("it_did_not", "failed"),
        ("reject", "rejected"),
    ):
        refund = paid.ask(10_000)
        state_before = "requested" if button == "reject" else "unknown"
        Refund.objects.filter(pk=refund.pk).update(state=state_before, next_look_at=None)

        press(desk, refund, button, reason="así está en el panel")

        refund.refresh_from_db()
        assert refund.state == state
