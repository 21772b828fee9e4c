"""`/_control/wompi/…`: the payer and the gateway's own duplicates."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from sandbox.tests.orders import AMOUNT, checkout_object, checkout_path, order
from sandbox.tests.process import PRIVATE, StandIn, running
from sandbox.tests.receiver import Receiver
from sandbox.tests.test_wompi_api import create


def refuse_pay(sandbox: StandIn, **body: object) -> str:
    """The sentence of a payment that cannot be played."""
    answer = sandbox.post("/_control/wompi/pay", json=body)
    assert answer.status_code == 422, answer.text
    return str(answer.json()["error"])


def test_the_payer_of_an_opened_checkout_needs_only_the_reference(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    sandbox.get(checkout_path(reference))

    paid = sandbox.control("wompi/pay", reference=reference, outcome="APPROVED")

    assert (paid["delivered"], paid["http_status"], paid["status"]) == (True, 200, "APPROVED")
    event = receiver.events_of(reference)[0].json["data"]["transaction"]
    assert (event["id"], event["amount_in_cents"]) == (paid["transaction_id"], AMOUNT)


def test_the_payer_may_bring_the_checkout_object_of_the_api(
    sandbox: StandIn, reference: str
) -> None:
    paid = sandbox.control(
        "wompi/pay",
        reference=reference,
        outcome="APPROVED",
        checkout=checkout_object(reference),
        method="NEQUI",
    )

    assert paid["transaction"]["amount_in_cents"] == AMOUNT  # type: ignore[index]
    assert sandbox.transactions(reference)[0]["payment_method_type"] == "NEQUI"


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 64},
        {"amount_in_cents": AMOUNT + 1},
        {"public_key": "pub_test_other"},
        {"expiration_time": "2020-01-01T00:00:00.000Z"},
        {"reference": "otra"},
    ],
)
def test_a_checkout_object_is_validated_as_the_page_does(
    sandbox: StandIn, reference: str, change: dict[str, object]
) -> None:
    refuse_pay(
        sandbox,
        reference=reference,
        outcome="APPROVED",
        checkout=checkout_object(reference) | change,
    )

    assert sandbox.transactions(reference) == []


def test_a_reference_that_was_never_opened_is_refused_with_what_to_pass(
    sandbox: StandIn, reference: str
) -> None:
    sentence = refuse_pay(sandbox, reference=reference, outcome="APPROVED")

    assert "checkout_url" in sentence
    assert "amount_in_cents" in sentence
    assert sandbox.transactions(reference) == []


def test_the_payer_may_pay_another_amount_in_another_currency(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    sandbox.get(checkout_path(reference))

    sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=1, currency="USD"
    )

    event = receiver.events_of(reference)[0].json["data"]["transaction"]
    assert (event["amount_in_cents"], event["currency"]) == (1, "USD")


def test_an_event_that_is_not_to_be_delivered_stays_in_the_books(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    paid = sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT, deliver=False
    )

    assert (paid["delivered"], paid["http_status"]) == (False, None)
    assert receiver.matching(lambda request: reference.encode() in request.body) == []
    found = sandbox.get(f"/wompi/v1/transactions?reference={reference}", headers=PRIVATE)
    assert [row["status"] for row in found.json()["data"]] == ["APPROVED"]


def test_a_pending_transaction_is_ended_rather_than_doubled(
    sandbox: StandIn, reference: str
) -> None:
    sandbox.get(checkout_path(reference))
    pending = sandbox.control("wompi/pay", reference=reference, outcome="PENDING", method="PSE")
    assert (pending["status"], pending["delivered"]) == ("PENDING", False)
    refuse_pay(sandbox, reference=reference, outcome="APPROVED", amount_in_cents=1)

    paid = sandbox.control("wompi/pay", reference=reference, outcome="APPROVED")

    assert paid["transaction_id"] == pending["transaction_id"]
    assert len(sandbox.transactions(reference)) == 1


def test_only_an_approved_card_payment_is_voided(sandbox: StandIn, reference: str) -> None:
    sandbox.get(checkout_path(reference))
    refuse_pay(sandbox, reference=reference, outcome="VOIDED")
    paid = sandbox.control("wompi/pay", reference=reference, outcome="APPROVED", method="CARD")

    voided = sandbox.control("wompi/pay", reference=reference, outcome="VOIDED")

    assert voided["transaction_id"] == paid["transaction_id"]
    assert [row["status"] for row in sandbox.transactions(reference)] == ["VOIDED"]
    refuse_pay(sandbox, reference=reference, outcome="APPROVED")


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "PAID"},
        {"reference": "a b"},
        {"method": "CASH"},
        {"deliver": "no"},
        {"outcome": 1},
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    sandbox: StandIn, reference: str, change: dict[str, object]
) -> None:
    sandbox.get(checkout_path(reference))

    refuse_pay(sandbox, **({"reference": reference, "outcome": "APPROVED"} | change))

    assert sandbox.transactions(reference) == []


def test_a_resent_event_is_the_same_to_the_last_byte(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    sandbox.control("wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT)

    resent = sandbox.control("wompi/events/resend", reference=reference, times=4)

    assert resent["count"] == 4
    received = receiver.events_of(reference, count=5)
    assert len({request.body for request in received}) == 1


def test_resending_shuffles_every_event_of_the_reference(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    for outcome in ("DECLINED", "APPROVED"):
        sandbox.control(
            "wompi/pay",
            reference=reference,
            outcome=outcome,
            amount_in_cents=AMOUNT,
            deliver=False,
        )

    resent = sandbox.control("wompi/events/resend", reference=reference, times=5, shuffle=True)

    statuses = [row["status"] for row in resent["deliveries"]]  # type: ignore[attr-defined]
    assert sorted(statuses) == ["APPROVED"] * 5 + ["DECLINED"] * 5
    assert len(receiver.events_of(reference, count=10)) == 10


def test_nothing_can_be_resent_of_an_unknown_reference(sandbox: StandIn, reference: str) -> None:
    answer = sandbox.post("/_control/wompi/events/resend", json={"reference": reference})

    assert answer.status_code == 422


def test_the_second_try_has_a_time_limit(own_receiver: Receiver, reference: str) -> None:
    with running(
        PUBLIC_BASE_URL=own_receiver.url, SANDBOX_WOMPI_CHECKOUT_RETRY_SECONDS="0"
    ) as sandbox:
        sandbox.get(checkout_path(reference))
        sandbox.control("wompi/pay", reference=reference, outcome="DECLINED")

        sentence = refuse_pay(sandbox, reference=reference, outcome="APPROVED")

        assert sentence == "La referencia ya ha sido usada"
        assert len(sandbox.transactions(reference)) == 1


def test_a_checkout_that_expired_after_it_was_opened_cannot_be_paid(
    sandbox: StandIn, reference: str
) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=1)
    soon = expires_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert sandbox.get(checkout_path(reference, expiration=soon)).status_code == 200
    Event().wait((expires_at - datetime.now(UTC)).total_seconds())

    sentence = refuse_pay(sandbox, reference=reference, outcome="APPROVED")

    assert sentence == "La transacción ha expirado"
    assert sandbox.transactions(reference) == []


def test_a_transaction_of_the_api_is_ended_by_its_payer_too(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    made = sandbox.post(
        "/wompi/v1/transactions",
        json=order(sandbox, reference, payment_method={"type": "BANCOLOMBIA_COLLECT"}),
        headers=PRIVATE,
    ).json()["data"]

    paid = sandbox.control("wompi/pay", reference=reference, outcome="APPROVED")

    assert paid["transaction_id"] == made["id"]
    assert len(receiver.events_of(reference)) == 1


def test_the_gateway_does_not_end_what_its_payer_ended(
    own_receiver: Receiver, reference: str
) -> None:
    with running(PUBLIC_BASE_URL=own_receiver.url, SANDBOX_WOMPI_SETTLE_SECONDS="0.3") as sandbox:
        create(sandbox, order(sandbox, reference))
        sandbox.control("wompi/pay", reference=reference, outcome="DECLINED")

        # A later one is settled by the gateway: the moment of the first has passed by then.
        create(sandbox, order(sandbox, "despues"))
        own_receiver.events_of("despues")

        assert [row["status"] for row in sandbox.transactions(reference)] == ["DECLINED"]
        assert len(own_receiver.events_of(reference)) == 1
