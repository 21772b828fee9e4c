"""The main job, step by step, for somebody the house has never seen (issue's first proof)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from notifications.domain.spanish import spell_moment
from studiozens.tests.journeys.conftest import Newcomer
from studiozens.tests.journeys.house import House
from studiozens.tests.journeys.visitors import Slot, Visitor
from studiozens.tests.journeys.waiting import eventually

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PHONE = "+573009876543"
SERVICE = "Masaje relajante"
PRICE = Decimal("145000.00")
DEPOSIT = Decimal("58000.00")


def sign_up(anybody: Visitor) -> Visitor:
    """Steps 1 and 2: register, read the code on the phone, prove it."""
    house = anybody.house
    given = {"phone": PHONE, "first_name": "Catalina", "last_name": "Peña"}
    registered = anybody.post("auth/register", given)
    assert registered.status_code == 201, registered.text
    user, otp = registered.json()["user"], registered.json()["otp"]
    assert user == given | {"id": user["id"], "role": "client"}
    assert otp == {"expires_in": 300, "resend_in": 60}

    [message] = eventually(lambda: house.standins.messages(PHONE), what="the code arrives")
    assert message["channel"] == "sms"
    proof = {"phone": PHONE, "code": message["code"]}
    verified = anybody.post("auth/otp/verify", proof)
    assert verified.status_code == 200, verified.text
    assert set(verified.json()) == {"access", "refresh", "user"}
    assert verified.json()["user"]["id"] == user["id"]
    return Visitor(house, user["id"], PHONE, verified.json()["access"])


def look_around(anybody: Visitor) -> Slot:
    """Steps 3 and 4: the catalogue and its free times."""
    service = anybody.service(SERVICE)
    assert service["category"] == "Masajes"
    assert service["duration_minutes"] == 60
    assert (Decimal(service["price"]), Decimal(service["deposit"])) == (PRICE, DEPOSIT)
    assert Decimal(service["vip_price"]) < PRICE
    assert (service["currency"], service["requires_staff"]) == ("COP", True)

    first = datetime.now().astimezone().date() + timedelta(days=2)
    asked = {"from": first.isoformat(), "to": (first + timedelta(days=13)).isoformat()}
    place = anybody.location()["id"]
    free = anybody.get("availability", services=service["id"], location=place, **asked)
    about = (free["timezone"], free["location"], free["duration_minutes"])
    assert about == ("America/Bogota", place, 60)
    assert [day["date"] for day in free["days"]] == [
        (first + timedelta(days=n)).isoformat() for n in range(14)
    ]
    slot = next(slot for day in free["days"] for slot in day["slots"])
    assert slot["start"].endswith("-05:00")
    assert datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"]) == (
        timedelta(minutes=60)
    )
    return Slot(service["id"], place, slot["start"], slot["staff"][0])


def book(client: Visitor, slot: Slot) -> dict[str, Any]:
    """Step 5: a held visit and what is owed for it."""
    answer = client.book(slot)
    assert answer.status_code == 201, answer.text
    visit: dict[str, Any] = answer.json()
    assert visit["status"] == "pending_payment"
    assert (visit["start"], visit["items"][0]["service"]) == (slot.start, slot.service)
    assert [Decimal(visit[name]) for name in ("total", "paid", "outstanding")] == [PRICE, 0, PRICE]
    assert (visit["location"], visit["staff"] is None) == (slot.location, False)
    hold = datetime.fromisoformat(visit["hold_expires_at"]) - datetime.now().astimezone()
    assert timedelta(minutes=19) < hold <= timedelta(minutes=20)
    assert visit["policy"]["deposit"] == str(DEPOSIT)

    payment = visit["payment"]
    assert (payment["status"], payment["kind"]) == ("pending", "deposit")
    assert (Decimal(payment["amount"]), payment["currency"]) == (DEPOSIT, "COP")
    checkout = payment["checkout"]
    assert (checkout["provider"], checkout["amount_in_cents"]) == ("wompi", 5_800_000)
    in_address = parse_qs(urlsplit(checkout["checkout_url"]).query)
    assert in_address["reference"] == [checkout["reference"]]
    assert in_address["signature:integrity"] == [checkout["signature"]]
    assert in_address["expiration-time"] == [checkout["expiration_time"]]
    return visit


def pay_at_checkout(visit: dict[str, Any], outcome: str) -> None:
    """Step 6: open the gateway's page as a browser does, and press its button."""
    checkout = visit["payment"]["checkout"]
    page = requests.get(checkout["checkout_url"], timeout=10)
    assert page.status_code == 200, page.text
    assert "$ 58.000" in page.text
    form = {"reference": checkout["reference"], "method": "CARD", "outcome": outcome}
    pressed = requests.post(checkout["checkout_url"].partition("?")[0], data=form, timeout=10)
    assert pressed.status_code == 200, pressed.text


def test_a_new_client_signs_up_books_pays_and_is_confirmed(anybody: Visitor, house: House) -> None:
    client = sign_up(anybody)
    slot = look_around(anybody)
    visit = book(client, slot)
    pay_at_checkout(visit, "APPROVED")

    eventually(client.confirmations, what="WhatsApp says it is confirmed")

    confirmed = client.get(f"appointments/{visit['id']}")
    assert (confirmed["status"], confirmed["hold_expires_at"]) == ("confirmed", None)
    assert Decimal(confirmed["paid"]) == DEPOSIT
    assert Decimal(confirmed["outstanding"]) == PRICE - DEPOSIT
    assert confirmed["policy"] == visit["policy"]
    payment = client.get(f"payments/{visit['payment']['id']}")
    assert (payment["status"], payment["allocation"]) == ("approved", "accepted")
    assert payment["checkout"] is None
    when = spell_moment(slot.start, "America/Bogota")
    [told] = client.get("me/notifications")["results"]
    assert told["title"] == "Tu cita está confirmada"
    assert told["body"] == f"Catalina, te esperamos para {SERVICE} el {when} en Chicó."
    [message] = client.confirmations()
    assert message["text"] == (
        f"Hola Catalina, tu cita de {SERVICE} quedó confirmada para el {when} en Chicó."
        " Te esperamos. Si necesitas cambiarla, hazlo desde tu cuenta."
    )
    [event] = house.standins.events(visit["payment"]["checkout"]["reference"])
    assert [attempt["http_status"] for attempt in event["attempts"]] == [200]


def test_a_declined_card_is_told_and_a_second_try_confirms(
    anybody: Visitor, newcomer: Newcomer
) -> None:
    client = newcomer()
    visit = book(client, look_around(anybody))

    pay_at_checkout(visit, "DECLINED")
    [declined] = eventually(
        lambda: client.house.standins.messages(client.phone, template="payment_declined"),
        what="WhatsApp says it was declined",
    )
    between = client.get(f"appointments/{visit['id']}")
    pay_at_checkout(visit, "APPROVED")
    eventually(client.confirmations, what="WhatsApp says it is confirmed")

    assert declined["text"] == (
        f"Hola Ana, tu pago de $ 58.000 por {SERVICE} fue rechazado. "
        "Intenta con otro medio de pago antes de que venza la reserva."
    )
    assert (between["status"], between["payment"]["status"]) == ("pending_payment", "declined")
    assert (
        between["payment"]["checkout"]["reference"] == (visit["payment"]["checkout"]["reference"])
    )
    assert client.get(f"appointments/{visit['id']}")["status"] == "confirmed"
    assert client.get(f"payments/{visit['payment']['id']}")["status"] == "approved"
    assert len(client.confirmations()) == 1
