"""Webhooks of every provider: signed, in order, tried again, recorded."""

import hashlib

from sandbox.tests.orders import AMOUNT
from sandbox.tests.process import StandIn, running
from sandbox.tests.receiver import Receiver


def pay(sandbox: StandIn, reference: str, outcome: str = "APPROVED") -> dict[str, object]:
    """One payment and its event."""
    return sandbox.control(
        "wompi/pay", reference=reference, outcome=outcome, amount_in_cents=AMOUNT
    )


def attempts(sandbox: StandIn, subject: str) -> list[list[object]]:
    """The HTTP statuses of each webhook about a subject, oldest webhook first."""
    found = sandbox.get("/_control/webhooks", params={"subject": subject}).json()["webhooks"]
    return [[attempt["http_status"] for attempt in row["attempts"]] for row in found[::-1]]


def test_an_event_is_signed_with_the_values_its_properties_name(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    pay(sandbox, reference)

    received = receiver.events_of(reference)[0]
    event, transaction = received.json, received.json["data"]["transaction"]
    text = (
        f"{transaction['id']}{transaction['status']}{transaction['amount_in_cents']}"
        f"{event['timestamp']}test_events_studiozens"
    )
    assert received.path == "/api/v1/webhooks/wompi"
    assert event["signature"]["checksum"] == hashlib.sha256(text.encode()).hexdigest()
    assert received.headers["X-Event-Checksum"] == event["signature"]["checksum"]
    assert event["signature"]["properties"] == [
        "transaction.id",
        "transaction.status",
        "transaction.amount_in_cents",
    ]
    assert (event["event"], event["environment"]) == ("transaction.updated", "test")
    assert event["sent_at"].endswith("Z")


def test_an_event_that_is_not_answered_with_200_is_sent_again_until_it_is(
    own_receiver: Receiver, reference: str
) -> None:
    own_receiver.statuses = [500, 202, 200]
    with running(
        PUBLIC_BASE_URL=own_receiver.url, SANDBOX_WOMPI_RETRY_SECONDS="0.05,0.05,0.05"
    ) as sandbox:
        paid = pay(sandbox, reference)

        received = own_receiver.events_of(reference, count=3)
        assert (paid["delivered"], paid["http_status"]) == (False, 500)
        assert len({request.body for request in received}) == 1
        assert attempts(sandbox, reference)[0][:2] == [500, 202]


def test_three_retries_are_all_there_are(own_receiver: Receiver, reference: str) -> None:
    own_receiver.statuses = [500] * 4
    with running(PUBLIC_BASE_URL=own_receiver.url, SANDBOX_WOMPI_RETRY_SECONDS="0,0,0") as sandbox:
        pay(sandbox, reference)
        own_receiver.events_of(reference, count=4)

        # The next event of the same gateway arrives: the first one was not tried a fifth time.
        pay(sandbox, f"{reference}-next")

        assert len(own_receiver.events_of(reference, count=5)) == 5
        assert attempts(sandbox, reference) == [[500, 500, 500, 500]]
        found = sandbox.get("/_control/webhooks", params={"subject": reference}).json()
        assert [row["state"] for row in found["webhooks"]] == ["given up"]


def test_a_product_that_is_away_is_a_recorded_failure(reference: str) -> None:
    with running(PUBLIC_BASE_URL="http://127.0.0.1:9") as sandbox:
        paid = pay(sandbox, reference)

        assert (paid["delivered"], paid["http_status"]) == (False, None)
        assert paid["error"]
        assert attempts(sandbox, reference) == [[None]]


def test_a_later_event_overtakes_one_that_waits_for_its_retry(
    own_receiver: Receiver, reference: str
) -> None:
    own_receiver.statuses = [500]
    with running(PUBLIC_BASE_URL=own_receiver.url) as sandbox:
        pay(sandbox, reference)
        voided = sandbox.control("wompi/pay", reference=reference, outcome="VOIDED")

        assert voided["delivered"] is True
        assert attempts(sandbox, reference) == [[500], [200]]


def test_where_events_go_can_be_said_apart(own_receiver: Receiver, reference: str) -> None:
    with running(SANDBOX_WOMPI_EVENTS_URL=f"{own_receiver.url}/elsewhere") as sandbox:
        pay(sandbox, reference)

    assert own_receiver.events_of(reference)[0].path == "/elsewhere"
