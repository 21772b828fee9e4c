"""The gateway's events as bytes in hand: a test can lose, repeat, shuffle and forge them."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from finances.domain.signatures import event_checksum
from finances.models import Payment
from finances.selectors.payments import checkout_of

PROPERTIES = ["transaction.id", "transaction.status", "transaction.amount_in_cents"]


class Wire:
    """Pays at the sandbox, and hands its events to our webhook."""

    def __init__(self, sandbox: Any, api: Any, *, work: Callable[[], None]) -> None:
        self.sandbox, self.api, self.work = sandbox, api, work

    def pay(self, payment: Payment, outcome: str = "APPROVED", **more: Any) -> bytes:
        """One attempt of the payer at the checkout; returns the gateway's signed event."""
        if not {"amount_in_cents", "currency"} & more.keys():
            more.setdefault("checkout", checkout_of(payment))
        self.sandbox.pay(payment.reference, outcome, **more)
        return self.events(payment)[-1]

    def events(self, payment: Payment) -> list[bytes]:
        """Every event of the payment's reference, oldest first."""
        found = self.sandbox._call("GET", "webhooks", params={"subject": payment.reference})
        return [webhook["body"].encode() for webhook in reversed(found["webhooks"])]

    def post(self, body: bytes, **headers: str) -> Any:
        """The gateway posts an event; nobody works on it yet."""
        return self.api.post(
            "/api/v1/webhooks/wompi", body, content_type="application/json", headers=headers
        )

    def deliver(self, *bodies: bytes) -> None:
        """Post events and let the worker do what is due."""
        for body in bodies:
            assert self.post(body).status_code == 200
        self.work()


def forge(
    body: bytes, *, sign: bool = True, properties: list[str] | None = None, **told: Any
) -> bytes:
    """An event with other values, `...` for none; signed with the real secret if `sign`."""
    event = json.loads(body)
    data = event["data"]["transaction"]
    for name, value in told.items():
        data.pop(name) if value is ... else data.update({name: value})
    if sign:
        event["signature"]["properties"] = names = properties or PROPERTIES
        values = [data[name.removeprefix("transaction.")] for name in names]
        event["signature"]["checksum"] = checksum(values, event["timestamp"])
    return json.dumps(event).encode()


def at(body: bytes, timestamp: int) -> bytes:
    """The same event, signed at another time."""
    return forge(json.dumps(json.loads(body) | {"timestamp": timestamp}).encode())


def checksum(values: list[Any], timestamp: int) -> str:
    return event_checksum(values=values, timestamp=timestamp, secret=settings.WOMPI_EVENTS_SECRET)


def event_about(transaction_id: str, payment: Payment, *, status: str = "APPROVED") -> bytes:
    """A signed event made up from nothing."""
    now = int(timezone.now().timestamp())
    transaction = {
        "id": transaction_id,
        "status": status,
        "amount_in_cents": int(payment.amount * 100),
        "reference": payment.reference,
        "currency": payment.currency,
    }
    event = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "signature": {"properties": PROPERTIES, "checksum": ""},
        "timestamp": now,
    }
    return forge(json.dumps(event).encode())
