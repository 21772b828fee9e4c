"""`GET payments`, `GET payments/{id}`: one's own, and nothing that confirms (NA-22)."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import requests
from django.db import transaction

from finances.models import Payment
from finances.selectors.payments import checkout_of, list_payments_of, present_payment
from finances.steps.payments import open_payment
from finances.tests.payables import KIND
from users.tests.factories import UserFactory


@pytest.fixture
def mine(open_one: Any, client_user: Any) -> Payment:
    payment: Payment = open_one(client_id=client_user.pk)
    return payment


def test_opening_a_payment_is_one_insert(
    client_user: Any, mine: Payment, django_assert_num_queries: Any
) -> None:
    with transaction.atomic(), django_assert_num_queries(1) as captured:
        payment = open_payment(
            kind="deposit",
            payable_kind=KIND,
            payable_id=UUID(int=1),
            client_id=client_user.pk,
            amount=Decimal(48000),
            currency="COP",
            expires_at=mine.expires_at,
            now=mine.opened_at,
        )

    assert captured[0]["sql"].startswith("INSERT")
    assert payment.amount == Decimal("48000.00")


def test_presenting_a_payment_asks_nothing(mine: Payment, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        shown = present_payment(mine)

    assert shown["amount"] == "48000.00"
    assert shown["checkout"]["amount_in_cents"] == 4_800_000


def test_the_checkout_page_opens_with_our_signature(mine: Payment, sandbox: Any) -> None:
    checkout = checkout_of(mine)

    answer = requests.get(checkout["checkout_url"], timeout=10)

    assert answer.status_code == 200
    assert mine.reference in answer.text
    query = parse_qs(urlsplit(checkout["checkout_url"]).query)
    assert query["expiration-time"] == [checkout["expiration_time"]]
    assert query["signature:integrity"] == [checkout["signature"]]


def test_a_checkout_with_another_amount_does_not_open(mine: Payment, sandbox: Any) -> None:
    cheaper = checkout_of(mine)["checkout_url"].replace("4800000", "200000")

    assert requests.get(cheaper, timeout=10).status_code != 200


def test_the_owners_return_address_goes_along(mine: Payment, settings: Any) -> None:
    assert checkout_of(mine)["redirect_url"] is None
    settings.PAYMENT_RETURN_URL = "https://estudio.example/gracias"

    checkout = checkout_of(mine)

    assert checkout["redirect_url"] == "https://estudio.example/gracias"
    assert "redirect-url=https" in checkout["checkout_url"]


def test_a_person_sees_his_payment(api: Any, client_user: Any, mine: Payment) -> None:
    answer = api.as_(client_user).get(f"/api/v1/payments/{mine.pk}")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["status"], body["kind"]) == (str(mine.pk), "pending", "deposit")
    assert body["checkout"]["reference"] == mine.reference


@pytest.mark.parametrize(
    ("who", "status", "count"),
    [("nobody", 401, None), ("stranger", 404, 0), ("owner", 200, 1), ("staff", 200, 1)],
)
def test_who_sees_a_payment(
    api: Any,
    client_user: Any,
    staff_user: Any,
    mine: Payment,
    who: str,
    status: int,
    count: int | None,
) -> None:
    people = {"owner": client_user, "staff": staff_user, "stranger": UserFactory.create()}
    caller = api.as_(people[who]) if who in people else api

    one, page = caller.get(f"/api/v1/payments/{mine.pk}"), caller.get("/api/v1/payments")

    assert one.status_code == status
    assert page.json().get("count") == count


def test_an_unknown_payment_has_its_own_code(api: Any, client_user: Any) -> None:
    answer = api.as_(client_user).get(f"/api/v1/payments/{UUID(int=1)}")

    assert (answer.status_code, answer.json()["code"]) == (404, "FIN-PAYMENT-UNKNOWN")


def test_a_page_costs_the_same_whatever_its_length(
    api: Any, client_user: Any, open_one: Any, django_assert_num_queries: Any
) -> None:
    caller = api.as_(client_user)
    for _ in range(3):
        open_one(client_id=client_user.pk)
    with django_assert_num_queries(5):  # who calls, how many, the page, both kinds on it
        caller.get("/api/v1/payments")
    for _ in range(9):
        open_one(client_id=client_user.pk)

    with django_assert_num_queries(5):
        page = caller.get("/api/v1/payments?status=pending").json()

    assert (page["count"], len(page["results"])) == (12, 12)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("who", ["client_user", "staff_user", "admin_user"])
def test_na_22_nobody_confirms_a_payment_through_the_api(
    api: Any, request: pytest.FixtureRequest, mine: Payment, method: str, who: str
) -> None:
    caller = api.as_(request.getfixturevalue(who))

    answers = [
        getattr(caller, method)(path, {"status": "approved"}, format="json").status_code
        for path in (f"/api/v1/payments/{mine.pk}", "/api/v1/payments")
    ]

    mine.refresh_from_db()
    assert answers == [405, 405]
    assert mine.status == "pending"


def test_the_newest_payment_of_each_payable_in_one_query(
    open_one: Any, django_assert_num_queries: Any
) -> None:
    older = open_one()
    newer = open_one()
    assert older.payable_id == newer.payable_id

    with django_assert_num_queries(1):
        found = list_payments_of(payable_kind=KIND, payable_ids=[older.payable_id, UUID(int=1)])

    assert {key: view.id for key, view in found.items()} == {older.payable_id: newer.pk}
    assert present_payment(found[older.payable_id])["checkout"] == checkout_of(newer)
