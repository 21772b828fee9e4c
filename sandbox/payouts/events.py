"""`payout.updated` and `transaction.updated` of payouts: camelCase, milliseconds, own secret."""

import asyncio
import json
from collections.abc import Sequence

from sandbox.bodies import JsonObject
from sandbox.clock import iso
from sandbox.context import Sandbox
from sandbox.payouts.books import Batch, Line
from sandbox.webhooks import Outcome, Webhook
from sandbox.wompi.signatures import event_checksum


def record_line(sandbox: Sandbox, batch: Batch, line: Line) -> int:
    """Write the event of a line's present state; returns its number. Nothing is sent."""
    shown = line.as_json()
    transaction = {name: value for name, value in shown.items() if name != "payeeInfo"}
    return _record(sandbox, batch, "transaction", transaction | {"payee": shown["payeeInfo"]})


def record_batch(sandbox: Sandbox, batch: Batch) -> int:
    """Write the event of a batch's present state; returns its number. Nothing is sent."""
    return _record(sandbox, batch, "payout", batch.as_json())


def _record(sandbox: Sandbox, batch: Batch, kind: str, shown: JsonObject) -> int:
    now = sandbox.now()
    properties = [f"{kind}.id", f"{kind}.status", f"{kind}.amountInCents"]
    checksum = event_checksum(
        data={kind: shown},
        properties=properties,
        timestamp=int(now * 1000),
        secret=sandbox.settings.payouts.events_secret,
    )
    event = {
        "event": f"{kind}.updated",
        "data": {kind: shown},
        "signature": {"properties": properties, "checksum": checksum},
        "timestamp": int(now * 1000),
        "sentAt": iso(now),
    }
    return sandbox.store.run(
        "INSERT INTO payout_events (batch_id, reference, checksum, body) VALUES (?, ?, ?, ?)",
        batch.id,
        batch.reference,
        checksum,
        json.dumps(event, ensure_ascii=False).encode(),
    )


def of_reference(sandbox: Sandbox, reference: str) -> list[int]:
    """The numbers of the events about a reference, in the order they happened."""
    rows = sandbox.store.all(
        "SELECT id FROM payout_events WHERE reference = ? ORDER BY id", reference
    )
    return [int(str(row["id"])) for row in rows]


def send(sandbox: Sandbox, event_id: int) -> asyncio.Future[Outcome]:
    """Post the event; byte for byte the same each time."""
    event = sandbox.store.one("SELECT * FROM payout_events WHERE id = ?", event_id)
    if event is None:
        raise LookupError(event_id)
    body, settings = event["body"], sandbox.settings.payouts
    return sandbox.webhooks.send(
        Webhook(
            provider="payouts",
            lane=f"payouts {event['batch_id']}",
            subject=str(event["reference"]),
            url=settings.events_url,
            headers={
                "Content-Type": "application/json",
                "X-Event-Checksum": str(event["checksum"]),
            },
            body=body if isinstance(body, bytes) else str(body).encode(),
            retry_seconds=settings.event_retry_seconds,
        )
    )


def send_all(sandbox: Sandbox, event_ids: Sequence[int]) -> list[asyncio.Future[Outcome]]:
    """Post several, in their order."""
    return [send(sandbox, event_id) for event_id in event_ids]
