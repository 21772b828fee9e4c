"""Ways to pay that are kept: secrets nowhere, one of each, one default, gone when unwanted."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from finances.domain.means import Means, Method, Spent
from finances.gateways.current import gateway
from finances.models import Charge, PaymentSource
from finances.selectors.ledger import verify
from finances.services.charges import send_charge, start_charge
from finances.tests.chargers import Payer, card_token
from finances.tests.keepers import PATH, Keeper, look_all, stored
from finances.tests.payables import FakePayable
from users.tests.factories import UserFactory

OTHER_CARD = "4111111111111111"


def test_a_card_is_kept_by_its_brand_and_last_digits_only(keeper: Keeper, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    token = card_token()

    answer = keeper.ask(kind="card", token=token)

    assert (answer.status_code, answer.json()["status"]) == (202, "creating")
    (shown,) = keeper.list()
    assert (shown["status"], shown["brand"], shown["last_four"]) == ("available", "VISA", "4242")
    assert shown["is_default"] is True
    source = PaymentSource.objects.get()
    assert source.gateway_id.isdigit()
    assert "gateway_id" not in shown
    assert token not in stored() + caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT gateway_id FROM finances_paymentsource")
        ((ciphered,),) = cursor.fetchall()
    assert ciphered.startswith("gAAAA")


def test_what_is_kept_is_brought_under_a_new_key(keeper: Keeper, settings: Any) -> None:
    source = keeper.keep_card()
    known, old = source.gateway_id, settings.FIELD_ENCRYPTION_KEYS[0]
    settings.FIELD_ENCRYPTION_KEYS = ["a-new-key-of-at-least-thirty-two-characters", old]

    call_command("reencrypt", verbosity=0)

    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    source.refresh_from_db()
    assert source.gateway_id == known


def test_a_kept_card_is_charged_without_accepting_again(
    keeper: Keeper, payable: FakePayable
) -> None:
    source = keeper.keep_card()

    answer = keeper.payer.charge(accept=False, method="source", payment_source=str(source.pk))

    assert answer.status_code == 202
    shown = keeper.payer.look_until(lambda found: not found["charge"]["is_open"])
    assert (shown["status"], shown["charge"]["payment_source"]) == ("approved", str(source.pk))
    (row,) = keeper.payer.books()
    assert str(row["payment_source_id"]) == source.gateway_id
    assert row["recurrent"] is None
    assert len(payable.told) == 1


def test_a_kept_card_is_charged_when_nobody_is_there(keeper: Keeper, payable: FakePayable) -> None:
    source, payment = keeper.keep_card(), keeper.payer.payment

    charge = start_charge(
        payment_id=payment.pk,
        client_id=None,
        means=Means(Method.SOURCE, source_id=source.pk),
        ordered_by=None,
        now=timezone.now(),
    )
    send_charge(charge_id=charge.pk, spent=Spent())

    keeper.payer.look_until(lambda found: found["status"] == "approved")
    assert keeper.payer.books()[0]["recurrent"] is True
    assert verify() == []


def test_the_same_card_is_kept_once(keeper: Keeper) -> None:
    first = keeper.keep_card()

    second = keeper.keep_card()
    look_all()

    second.refresh_from_db()
    assert (second.status, second.refusal) == ("voided", "FIN-SOURCE-KEPT-ALREADY")
    assert [shown["id"] for shown in keeper.list()] == [str(first.pk)]
    assert gateway().find_source(second.gateway_id).status == "voided"
    assert gateway().find_source(first.gateway_id).status == "available"


def test_two_people_may_keep_one_card(keeper: Keeper, api: Any) -> None:
    keeper.keep_card()
    other = UserFactory.create(email="otra@example.com")
    keeper.calls = keeper.payer.calls = api.as_(other)

    assert keeper.keep_card().status == "available"


def test_there_is_one_default_and_its_owner_chooses(keeper: Keeper) -> None:
    first, second = keeper.keep_card(), keeper.keep_card(OTHER_CARD)
    assert [shown["is_default"] for shown in keeper.list()] == [False, True]

    chosen = keeper.calls.patch(f"{PATH}/{second.pk}", {"is_default": True}, format="json")
    assert chosen.json()["is_default"] is True
    assert [shown["is_default"] for shown in keeper.list()] == [True, False]
    keeper.calls.delete(f"{PATH}/{second.pk}")

    assert [shown["id"] for shown in keeper.list()] == [str(first.pk)]
    assert keeper.list()[0]["is_default"] is True
    nothing = keeper.calls.patch(f"{PATH}/{first.pk}", {"is_default": False}, format="json")
    assert nothing.status_code == 400


def test_a_card_that_is_given_up_charges_nobody_and_the_gateway_forgets_it(
    keeper: Keeper,
) -> None:
    source = keeper.keep_card()

    first = keeper.calls.delete(f"{PATH}/{source.pk}")
    again = keeper.calls.delete(f"{PATH}/{source.pk}")

    assert [first.status_code, again.status_code] == [204, 204]
    source.refresh_from_db()
    assert source.status == "voided"
    assert gateway().find_source(source.gateway_id).status == "voided"
    refused = keeper.payer.charge(accept=False, method="source", payment_source=str(source.pk))
    assert (refused.status_code, refused.json()["code"]) == (409, "FIN-SOURCE-NOT-USABLE")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "card", "token": "tok_test_none"}, "FIN-CARD-TOKEN-USED"),
        ({"kind": "nequi", "phone": "3000000000"}, None),
    ],
)
def test_what_the_gateway_does_not_keep_says_why(
    keeper: Keeper, asked: dict[str, str], code: str | None
) -> None:
    keeper.ask(**asked)

    refusal = keeper.read(PaymentSource.objects.get())["refusal"]

    assert (refusal and refusal["code"]) == code


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "card"},
        {"kind": "nequi", "token": "tok"},
        {"kind": "card", "token": "tok", "phone": "3991111111"},
        {"kind": "daviplata", "phone": "3991111111"},
        {"kind": "card", "token": "tok", "status": "available"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(keeper: Keeper, asked: dict[str, str]) -> None:
    assert keeper.ask(**asked).status_code == 400
    assert not PaymentSource.objects.exists()


def test_nobody_keeps_more_than_a_few(keeper: Keeper) -> None:
    PaymentSource.objects.bulk_create(
        PaymentSource(
            client=keeper.payer.payment.client,
            kind="card",
            status="available",
            gateway_id=str(number),
            fingerprint=str(number),
            asked_at=timezone.now(),
        )
        for number in range(10)
    )

    answer = keeper.ask(kind="card", token="tok_test_none")

    assert (answer.status_code, answer.json()["code"]) == (409, "FIN-SOURCES-TOO-MANY")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_na_22_somebody_elses_card_is_not_there(keeper: Keeper, api: Any, method: str) -> None:
    source = keeper.keep_card()
    stranger, staff = UserFactory.create(), UserFactory.create(staff=True)

    for person in (stranger, staff):
        answer = getattr(api.as_(person), method)(
            f"{PATH}/{source.pk}", {"is_default": True}, format="json"
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "FIN-SOURCE-UNKNOWN")

    source.refresh_from_db()
    assert source.status == "available"


def test_na_22_nobody_pays_with_somebody_elses_card(keeper: Keeper, open_one: Any) -> None:
    source, thief = keeper.keep_card(), UserFactory.create(email="ladron@example.com")
    payment = open_one(client_id=thief.pk)
    caller = type(keeper.calls)().as_(thief)
    payer = Payer(keeper.payer.sandbox, caller, payment)

    answer = payer.charge(accept=False, method="source", payment_source=str(source.pk))

    assert (answer.status_code, answer.json()["code"]) == (404, "FIN-SOURCE-UNKNOWN")
    assert not Charge.objects.exists()


def test_a_page_of_sources_costs_the_same_whatever_its_length(
    keeper: Keeper, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        PaymentSource.objects.create(
            client=keeper.payer.payment.client,
            kind="card",
            status="available",
            gateway_id=str(number),
            fingerprint=str(number),
            asked_at=timezone.now(),
        )
    with django_assert_num_queries(3):  # who calls, how many, the page
        keeper.calls.get(PATH)


def test_the_same_key_keeps_once(keeper: Keeper) -> None:
    body = {"kind": "card", "token": card_token(), **keeper.payer.accept()}
    headers = {"Idempotency-Key": "once"}

    first = keeper.calls.post(PATH, body, format="json", headers=headers)
    second = keeper.calls.post(PATH, body, format="json", headers=headers)

    assert first.content == second.content
    assert PaymentSource.objects.count() == 1


def test_a_kept_account_is_tried_again_without_a_word(keeper: Keeper) -> None:
    source = keeper.keep_card("4111111111111111")
    charge = {"method": "source", "payment_source": str(source.pk), "installments": 2}
    keeper.payer.charge(accept=False, **charge)
    keeper.payer.look_until(lambda found: not found["charge"]["is_open"])

    again = keeper.payer.retry(accept=False)

    assert again.status_code == 202
    shown = keeper.payer.look_until(lambda found: not found["charge"]["is_open"])
    assert (shown["charge"]["number"], shown["charge"]["outcome"]) == (2, "declined")
    assert [row["payment_method"]["installments"] for row in keeper.payer.books()] == [2, 2]
