"""`/_control/…` and `/`: what a person and a test do with the stand-in."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.tests.orders import AMOUNT, checkout_path
from sandbox.tests.process import BASIC, GRAPH, StandIn, running
from sandbox.tests.receiver import Receiver
from sandbox.tests.test_twilio_verify import SERVICE
from sandbox.tests.test_whatsapp import PATH, body
from sandbox.tests.test_wompi_refunds import pay, refund


def test_messages_are_listed_newest_first_and_by_channel(sandbox: StandIn, phone: str) -> None:
    form = {"To": phone, "Channel": "sms"}
    sandbox.post(f"{SERVICE}/Verifications", data=form, auth=BASIC)
    sandbox.post(PATH, json=body(phone), headers=GRAPH)

    both = sandbox.messages(phone)
    only_sms = sandbox.messages(phone, channel="sms")

    assert [message["channel"] for message in both] == ["whatsapp", "sms"]
    assert [message["channel"] for message in only_sms] == ["sms"]
    assert both[0]["to"] == phone
    assert (both[0]["code"], both[0]["reference"]) == (None, "aviso-42")
    assert str(only_sms[0]["code"]).isdecimal()


def test_what_people_wrote_is_listed_when_asked_for(sandbox: StandIn, phone: str) -> None:
    written = sandbox.control("messages/inbound", **{"from": phone, "text": "Hola"})

    assert written["delivered"] is True
    assert sandbox.messages(phone) == []
    everything = sandbox.messages(phone, direction="all")
    assert [(row["from"], row["text"]) for row in everything] == [(phone, "Hola")]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/_control/messages/inbound", {"from": "12", "text": "Hola"}),
        ("/_control/messages/inbound", {"from": "+573001112233", "text": ""}),
        ("/_control/messages/inbound", ["not an object"]),
        ("/_control/wompi/events/resend", {"reference": "x", "times": 101}),
    ],
)
def test_a_control_that_makes_no_sense_is_refused_with_a_sentence(
    sandbox: StandIn, path: str, wrong: object
) -> None:
    answer = sandbox.post(path, json=wrong)

    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "query", ["channel=fax", "direction=up", "limit=0", "limit=10001", "limit=x"]
)
def test_a_list_with_a_wrong_parameter_is_refused(sandbox: StandIn, query: str) -> None:
    assert sandbox.get(f"/_control/messages?{query}").status_code == 422


def test_a_reset_forgets_everything_and_heals_every_fault(
    own_sandbox: StandIn, reference: str, phone: str
) -> None:
    own_sandbox.get(checkout_path("OTRA-1"))
    own_sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT
    )
    own_sandbox.post(PATH, json=body(phone), headers=GRAPH)
    own_sandbox.control("faults", provider="twilio", mode="down")
    own_sandbox.control("wompi/refunds", outcome="DECLINED")

    own_sandbox.control("reset")

    assert own_sandbox.messages("", direction="all") == []
    books = own_sandbox.get("/_control/wompi/transactions").json()
    assert books == {"transactions": [], "open_checkouts": []}
    assert own_sandbox.get("/_control/webhooks").json()["count"] == 0
    faults = own_sandbox.get("/_control/faults").json()
    assert {fault["mode"] for fault in faults.values()} == {"off"}
    given_back = refund(own_sandbox, pay(own_sandbox, reference), 100).json()["data"]
    assert given_back["status"] == "APPROVED"


def test_a_reset_drops_what_was_to_be_sent(own_receiver: Receiver, reference: str) -> None:
    own_receiver.statuses = [500, 500]
    with running(PUBLIC_BASE_URL=own_receiver.url, SANDBOX_WOMPI_RETRY_SECONDS="0.3") as sandbox:
        payment = {"outcome": "APPROVED", "amount_in_cents": AMOUNT}
        sandbox.control("wompi/pay", reference=reference, **payment)
        sandbox.control("reset")

        # The retry of a later event arrives: the moment of the first one's has passed by then.
        sandbox.control("wompi/pay", reference="despues", **payment)
        own_receiver.events_of("despues", count=2)

        assert len(own_receiver.events_of(reference)) == 1


def test_the_books_show_opened_checkouts_until_somebody_pays(
    own_sandbox: StandIn, reference: str
) -> None:
    def opened() -> list[str]:
        books = own_sandbox.get("/_control/wompi/transactions").json()
        return [checkout["reference"] for checkout in books["open_checkouts"]]

    own_sandbox.get(checkout_path(reference))
    assert opened() == [reference]
    own_sandbox.control("wompi/pay", reference=reference, outcome="DECLINED")
    assert opened() == []


def test_the_page_is_served_and_health_is_well(sandbox: StandIn) -> None:
    assert "Aquí eres quien paga" in sandbox.get("/").text
    assert sandbox.get("/_control/health").json() == {"status": "ok"}


def test_the_clock_of_the_providers_can_be_moved(own_sandbox: StandIn, reference: str) -> None:
    moved = own_sandbox.control("clock", offset_seconds=86_400)
    paid = own_sandbox.control(
        "wompi/pay", reference=reference, outcome="APPROVED", amount_in_cents=AMOUNT
    )

    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    transaction = paid["transaction"]
    assert isinstance(transaction, dict)
    assert str(moved["now"]).startswith(tomorrow)
    assert transaction["created_at"].startswith(tomorrow)
    assert own_sandbox.get("/_control/clock").json()["offset_seconds"] == 86_400
    wrong = own_sandbox.post("/_control/clock", json={"offset_seconds": 10**12})
    assert wrong.status_code == 422
    own_sandbox.control("reset")
    assert own_sandbox.get("/_control/clock").json()["offset_seconds"] == 0
