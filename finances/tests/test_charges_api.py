"""Paying by API: who may, what is refused, trying again, and what is kept of it (FIN-01)."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from finances.models import Charge, LedgerEntry, Payment
from finances.selectors.ledger import verify
from finances.services.polling import poll_next
from finances.tests.chargers import (
    BAD_CARD,
    CASH,
    NEQUI,
    PSE,
    Payer,
    card_token,
)
from finances.tests.payables import FakePayable
from finances.tests.wires import Wire
from users.tests.factories import UserFactory


def is_over(shown: dict[str, Any]) -> bool:
    return not shown["charge"]["is_open"]


def has_next(shown: dict[str, Any]) -> bool:
    return bool(shown["charge"]["next"])


@pytest.mark.parametrize(
    ("means", "code"),
    [
        ({"method": "card", "token": "tok_test_none"}, "FIN-CARD-TOKEN-USED"),
        (PSE | {"bank": "99"}, "FIN-BANK-UNKNOWN"),
        (PSE | {"document_type": "PP"}, "FIN-DOCUMENT-WRONG"),
    ],
)
def test_what_the_gateway_refuses_is_said_to_the_person(
    payer: Payer, means: dict[str, str], code: str
) -> None:
    payer.charge(**means)

    charge = payer.look()["charge"]

    assert (charge["status"], charge["refusal"]["code"]) == ("refused", code)
    assert payer.books() == []
    assert payer.charge(**NEQUI).status_code == 202


def test_an_acceptance_serves_once(payer: Payer) -> None:
    accepted = payer.accept()
    payer.charge(accept=False, **accepted, **(PSE | {"bank": "2"}))
    payer.look_until(is_over)

    payer.retry(accept=False, **accepted)

    assert payer.look()["charge"]["refusal"]["code"] == "FIN-ACCEPTANCE-USED"


def test_acceptance_tokens_are_fresh_at_every_call_and_not_to_be_kept(payer: Payer) -> None:
    answer = payer.calls.get("/api/v1/payment-acceptance")

    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["acceptance"]["permalink"].startswith("http")
    assert payer.accept() != payer.accept()


def test_banks_come_from_the_gateway_and_a_copy_serves_while_it_is_away(
    api: Any, sandbox: Any
) -> None:
    banks = api.get("/api/v1/pse-banks").json()
    sandbox.faults("wompi", "down")

    assert banks[0] == {"code": "1", "name": "Banco que aprueba"}
    assert api.get("/api/v1/pse-banks").json() == banks


@pytest.mark.parametrize(
    ("means", "status", "code"),
    [
        ({"method": "card"}, 422, "FIN-CHARGE-DATA-MISSING"),
        ({"method": "nequi"}, 422, "FIN-CHARGE-DATA-MISSING"),
        ({"method": "source"}, 422, "FIN-CHARGE-DATA-MISSING"),
        ({"method": "source", "payment_source": str(uuid4())}, 404, "FIN-SOURCE-UNKNOWN"),
        (NEQUI | {"phone": "+573991111111"}, 400, "CORE-INPUT-INVALID"),
        (NEQUI | {"status": "approved"}, 400, "CORE-INPUT-INVALID"),
        ({"method": "gold"}, 400, "CORE-INPUT-INVALID"),
    ],
)
def test_an_order_that_lacks_something_reaches_nobody(
    payer: Payer, means: dict[str, str], status: int, code: str
) -> None:
    answer = payer.charge(**means)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Charge.objects.exists()
    assert payer.books() == []


def test_nobody_is_charged_who_has_not_accepted(payer: Payer) -> None:
    nothing = payer.charge(accept=False, **NEQUI)
    assert (nothing.status_code, nothing.json()["code"]) == (422, "FIN-CHARGE-DATA-MISSING")
    half = {"acceptance_token": "eyJ"}
    assert payer.charge(accept=False, **half, **NEQUI).status_code == 400
    assert not Charge.objects.exists()


def test_the_gateway_wants_an_address_for_the_receipt(payer: Payer) -> None:
    person = payer.payment.client
    person.email = ""
    person.save()

    answer = payer.charge(**NEQUI)
    with_one = payer.charge(**NEQUI, email="otra@example.com")

    assert (answer.status_code, answer.json()["code"]) == (422, "FIN-EMAIL-NEEDED")
    assert with_one.status_code == 202
    assert payer.books()[0]["customer_email"] == "otra@example.com"


@pytest.mark.parametrize("who", ["nobody", "stranger", "staff"])
def test_na_22_only_whose_payment_it_is_may_have_it_charged(
    payer: Payer, api: Any, staff_user: Any, who: str
) -> None:
    people = {"stranger": UserFactory.create(email="x@example.com"), "staff": staff_user}
    accepted = payer.accept()
    payer.calls = api.as_(people[who]) if who in people else api

    answers = [payer.post(what, {**accepted, **NEQUI}).status_code for what in ("charge", "retry")]

    assert answers == ([401, 401] if who == "nobody" else [404, 404])
    assert not Charge.objects.exists()


def test_na_22_a_charge_confirms_nothing_by_itself(payer: Payer, payable: FakePayable) -> None:
    payer.charge(**CASH)

    assert payer.look_until(has_next)["status"] == "pending"
    assert payable.told == []
    assert not LedgerEntry.objects.exists()


def test_while_a_charge_is_under_way_nothing_else_may_be_tried(payer: Payer) -> None:
    payer.charge(**CASH)

    again, retry = payer.charge(**NEQUI), payer.retry()

    assert [again.status_code, retry.status_code] == [409, 409]
    assert again.json()["code"] == retry.json()["code"] == "FIN-CHARGE-OPEN"
    assert payer.look()["checkout"] is None
    assert len(payer.books()) == 1


def test_trying_again_uses_the_last_way_under_a_reference_of_its_own(payer: Payer) -> None:
    payer.charge(**(NEQUI | {"phone": "3992222222"}))
    payer.look_until(is_over)

    payer.retry()
    payer.look_until(is_over)
    payer.retry(**NEQUI)

    shown = payer.look_until(is_over)
    assert (shown["status"], shown["charge"]["number"]) == ("approved", 3)
    mine = payer.payment.reference
    assert [row["reference"] for row in payer.books()] == [f"{mine}_3", f"{mine}_2", mine]
    phones = [row["payment_method"]["phone_number"] for row in payer.books()]
    assert phones == ["3991111111", "3992222222", "3992222222"]
    assert verify() == []


def test_a_card_cannot_be_tried_again_without_another_token(payer: Payer) -> None:
    payer.charge(method="card", token=card_token(BAD_CARD))
    payer.look_until(is_over)

    refused = payer.retry()
    payer.retry(token=card_token())

    assert refused.json()["code"] == "FIN-CHARGE-DATA-MISSING"
    assert payer.look_until(is_over)["status"] == "approved"


def test_there_is_nothing_to_try_again_at_first(payer: Payer) -> None:
    assert payer.retry().json()["code"] == "FIN-CHARGE-NONE-YET"


def test_after_some_tries_somebody_has_to_help(payer: Payer) -> None:
    for _ in range(10):
        payer.retry(method="card", token="tok_test_none") if Charge.objects.exists() else (
            payer.charge(method="card", token="tok_test_none")
        )

    answer = payer.charge(**NEQUI)

    assert (answer.status_code, answer.json()["code"]) == (409, "FIN-CHARGE-TRIES-USED")
    assert Charge.objects.count() == 10


def test_a_payment_that_is_over_is_not_charged(payer: Payer, open_one: Any) -> None:
    past = open_one(client_id=payer.payment.client_id, now=timezone.now() - timedelta(hours=1))
    Payment.objects.filter(pk=payer.payment.pk).update(status="flagged")

    flagged = payer.charge(**NEQUI)
    payer.path = f"/api/v1/payments/{past.pk}"
    late = payer.charge(**NEQUI)

    assert [flagged.json()["code"], late.json()["code"]] == ["FIN-PAYMENT-NOT-PAYABLE"] * 2
    assert not Charge.objects.exists()


def test_the_same_key_charges_once(payer: Payer) -> None:
    body = {**payer.accept(), **CASH}

    first, second = payer.post("charge", body, key="k1"), payer.post("charge", body, key="k1")

    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert len(payer.books()) == 1


def test_the_webhook_finds_the_payment_of_a_numbered_reference(
    payer: Payer, wire: Wire, payable: FakePayable
) -> None:
    payer.charge(**(PSE | {"bank": "2"}))
    payer.look_until(is_over)
    payer.retry(**CASH)

    wire.deliver(payer.end("APPROVED", number=2))

    payer.payment.refresh_from_db()
    assert payer.payment.status == "approved"
    assert Charge.objects.get(number=2).status == "ended"
    assert len(payable.told) == 1


def test_the_checkout_page_gets_a_reference_that_nobody_used(payer: Payer, wire: Wire) -> None:
    payer.charge(**(PSE | {"bank": "2"}))
    checkout = payer.look_until(is_over)["checkout"]
    assert checkout["reference"] == f"{payer.payment.reference}_2"

    payer.sandbox.pay(checkout["reference"], "DECLINED", checkout=checkout, deliver=False)
    payer.payment.refresh_from_db()
    poll_next(now=timezone.now() + timedelta(minutes=3))
    payer.charge(**NEQUI)

    payer.look_until(is_over)
    assert Charge.objects.latest("number").reference == f"{payer.payment.reference}_3"
    assert len(payer.books()) == 3


def test_what_a_charge_is_of_stays_with_us_encrypted_and_its_tokens_nowhere(
    payer: Payer, caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    token, accepted = card_token(), payer.accept()
    payer.charge(accept=False, **accepted, method="card", token=token)
    payer.look_until(is_over)
    payer.payment.refresh_from_db()

    secrets = {token, *accepted.values()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM finances_charge c")
        stored = "".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT encode(body, 'escape') FROM core_idempotencyrecord")
        stored += "".join(row[0] for row in cursor.fetchall())
    assert not [secret for secret in secrets if secret in stored + caplog.text + str(payer.look())]


def test_the_details_of_a_payer_are_encrypted(payer: Payer) -> None:
    payer.charge(**(PSE | {"bank": "2"}))

    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM finances_charge")
        ((stored,),) = cursor.fetchall()
    assert "1020304050" not in stored
    assert json.loads(Charge.objects.get().details)["document"] == "1020304050"
