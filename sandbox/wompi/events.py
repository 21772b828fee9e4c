"""`transaction.updated`: built once, signed, posted, and posted again (section 9)."""

import asyncio
import json
from collections.abc import Sequence

from sandbox.bodies import JsonObject
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


NEQUI_TOKEN_PROPERTIES = ("nequi_token.id", "nequi_token.status")


def record(sandbox: Sandbox, transaction: Transaction, *, now: float) -> int:
    """Write the event of the transaction's present state; returns its number. Nothing is sent."""
    shown = transaction.as_json()
    data: JsonObject = {"transaction": {name: shown.get(name) for name in SHOWN}}
    event = _signed(sandbox, "transaction.updated", data, EVENT_PROPERTIES, now=now)
    return sandbox.store.run(
        "INSERT INTO wompi_events (transaction_id, reference, status, checksum, body)"
        " VALUES (?, ?, ?, ?, ?)",
        transaction.id,
        transaction.reference,
        transaction.status,
        event["signature"]["checksum"],
        json.dumps(event, ensure_ascii=False).encode(),
    )


def _signed(
    sandbox: Sandbox,
    name: str,
    data: JsonObject,
    properties: Sequence[str],
    *,
    now: float,
) -> JsonObject:
    checksum = event_checksum(
        data=data,
        properties=properties,
        timestamp=int(now),
        secret=sandbox.settings.wompi.events_secret,
    )
    return {
        "event": name,
        "data": data,
        "environment": "test",
        "signature": {"properties": list(properties), "checksum": checksum},
        "timestamp": int(now),
        "sent_at": iso(now),
    }


def tell_nequi_token(sandbox: Sandbox, token: JsonObject, *, now: float) -> None:
    """`nequi_token.updated`; which properties it signs is the sandbox's assumption."""
    data = {"nequi_token": token}
    event = _signed(sandbox, "nequi_token.updated", data, NEQUI_TOKEN_PROPERTIES, now=now)
    body = json.dumps(event, ensure_ascii=False).encode()
    checksum = str(event["signature"]["checksum"])
    sandbox.webhooks.send(_post(sandbox, str(token["id"]), str(token["id"]), checksum, body))


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
    stored = event["body"]
    body = stored if isinstance(stored, bytes) else str(stored).encode()
    lane, subject = str(event["transaction_id"]), str(event["reference"])
    return _post(sandbox, lane, subject, str(event["checksum"]), body)


def _post(sandbox: Sandbox, lane: str, subject: str, checksum: str, body: bytes) -> Webhook:
    return Webhook(
        provider="wompi",
        lane=f"wompi {lane}",
        subject=subject,
        url=sandbox.settings.wompi.events_url,
        headers={
            "Content-Type": "application/json",
            "X-Event-Checksum": checksum,
        },
        body=body,
        retry_seconds=sandbox.settings.wompi.event_retry_seconds,
        only_200=True,
    )
