"""While a charge of ours is under way, no list invites to pay the same thing twice."""

from typing import Any
from uuid import UUID

from finances.models import Payment
from finances.selectors.payments import present_newest
from finances.tests.chargers import charge_opened, charge_refused
from finances.tests.payables import KIND

PAYMENTS = "/api/v1/payments"


def test_a_list_shows_the_open_charge_instead_of_a_checkout(
    api: Any, client_user: Any, open_one: Any
) -> None:
    caller, payment = api.as_(client_user), open_one(client_id=client_user.pk)
    before = caller.get(PAYMENTS).json()["results"][0]
    assert (before["charge"], before["checkout"]["reference"]) == (None, payment.reference)

    charge = charge_opened(payment.pk)
    (shown,) = caller.get(PAYMENTS).json()["results"]
    assert shown["checkout"] is None
    assert (shown["charge"]["id"], shown["charge"]["is_open"]) == (str(charge.pk), True)
    assert shown["charge"]["next"] == charge.next_step

    charge_refused(charge)
    (after,) = caller.get(PAYMENTS).json()["results"]
    assert after["charge"] is None
    assert after["checkout"]["reference"] == f"{payment.reference}_2"


def test_a_page_of_charged_payments_costs_one_query_more(
    api: Any, client_user: Any, open_one: Any, django_assert_num_queries: Any
) -> None:
    caller = api.as_(client_user)
    for count in (1, 7):
        while Payment.objects.count() < count:
            charge_opened(open_one(client_id=client_user.pk).pk)
        with django_assert_num_queries(6):
            page = caller.get(PAYMENTS).json()["results"]
        assert {payment["charge"]["is_open"] for payment in page} == {True}


def test_the_newest_of_each_payable_comes_with_its_charge(
    open_one: Any, django_assert_num_queries: Any
) -> None:
    payment = open_one()
    charge_opened(payment.pk)

    with django_assert_num_queries(2):
        found = present_newest(payable_kind=KIND, payable_ids=[payment.payable_id, UUID(int=1)])

    assert list(found) == [payment.payable_id]
    assert found[payment.payable_id]["charge"]["is_open"] is True
    assert found[payment.payable_id]["checkout"] is None
