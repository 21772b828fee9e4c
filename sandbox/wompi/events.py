"""`transaction.updated`: built once, signed, posted, and posted again (section 9)."""

import asyncio
import json

from sandbox.clock import iso
from sandbox.context import Sandbox
from sandbox.store import Row
from sandbox.webhooks import Outcome, Webhook
from sandbox.wompi.books import Transaction
from sandbox.wompi.signatures import EVENT_PROPERTIES, event_checksum

SHOWN = (
    "id",
    "amount_in_cents",
    "reference",
    "customer_email",
    "currency",
    "payment_method_type",
    "redirect_url",
    "status",
    "shipping_address",
    "payment_link_id",
    "payment_source_id",
)


def record(sandbox: Sandbox, transaction: Transaction, *, now: float) -> int:
    """Write the event of the transaction's present state; returns its number. Nothing is sent."""
    shown = transaction.as_json()
    data: dict[str, object] = {"transaction": {name: shown.get(name) for name in SHOWN}}
    checksum = event_checksum(
        data=data,
        properties=EVENT_PROPERTIES,
        timestamp=int(now),
        secret=sandbox.settings.wompi.events_secret,
    )
    event = {
        "event": "transaction.updated",
        "data": data,
        "environment": "test",
        "signature": {"properties": list(EVENT_PROPERTIES), "checksum": checksum},
        "timestamp": int(now),
        "sent_at": iso(now),
    }
    return sandbox.store.run(
        "INSERT INTO wompi_events (transaction_id, reference, status, checksum, body)"
        " VALUES (?, ?, ?, ?, ?)",
        transaction.id,
        transaction.reference,
        transaction.status,
        checksum,
        json.dumps(event, ensure_ascii=False).encode(),
    )


def of_reference(sandbox: Sandbox, reference: str) -> list[dict[str, object]]:
    """The events of one reference, in the order they happened."""
    return sandbox.store.all(
        "SELECT * FROM wompi_events WHERE reference = ? ORDER BY id", reference
    )


def send(sandbox: Sandbox, event_id: int) -> asyncio.Future[Outcome]:
    """Post the event; byte for byte the same each time, as the gateway's retries are."""
    event = sandbox.store.one("SELECT * FROM wompi_events WHERE id = ?", event_id)
    if event is None:
        raise LookupError(event_id)
    return sandbox.webhooks.send(_webhook(sandbox, event))


def _webhook(sandbox: Sandbox, event: Row) -> Webhook:
    body = event["body"]
    return Webhook(
        provider="wompi",
        lane=f"wompi {event['transaction_id']}",
        subject=str(event["reference"]),
        url=sandbox.settings.wompi.events_url,
        headers={
            "Content-Type": "application/json",
            "X-Event-Checksum": str(event["checksum"]),
        },
        body=body if isinstance(body, bytes) else str(body).encode(),
        retry_seconds=sandbox.settings.wompi.event_retry_seconds,
        only_200=True,
    )
