"""Webhooks of WhatsApp: built, signed over the raw bytes, posted (sections A4 to A6)."""

import asyncio
import hashlib
import hmac
import json

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox
from sandbox.webhooks import Outcome, Webhook

BUSINESS_ACCOUNT = "102290129340398"
DISPLAY_NUMBER = "15550783881"


def signature(body: bytes, app_secret: str) -> str:
    """`X-Hub-Signature-256`: HMAC-SHA256 of the body as sent."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def send_inbound(
    sandbox: Sandbox, *, message_id: str, phone: str, name: str, text: str, now: float
) -> asyncio.Future[Outcome]:
    """Tell the product that a person wrote."""
    message = {
        "from": phone,
        "id": message_id,
        "timestamp": str(int(now)),
        "type": "text",
        "text": {"body": text},
    }
    contacts = [{"profile": {"name": name}, "wa_id": phone}]
    value = {"contacts": contacts, "messages": [message]}
    return _post(sandbox, value, lane=f"whatsapp from {phone}", subject=message_id)


def send_status(sandbox: Sandbox, *, message_id: str, status: JsonObject) -> None:
    """Tell the product how a message fares, in order, a moment later; unless switched off."""
    if not sandbox.settings.whatsapp.status_webhooks:
        return
    _post(
        sandbox,
        {"statuses": [{"id": message_id, **status}]},
        lane=f"whatsapp {message_id}",
        subject=message_id,
        delay=sandbox.settings.whatsapp.status_delay_seconds,
    )


def _post(
    sandbox: Sandbox, value: JsonObject, *, lane: str, subject: str, delay: float = 0.0
) -> asyncio.Future[Outcome]:
    settings = sandbox.settings.whatsapp
    metadata = {
        "display_phone_number": DISPLAY_NUMBER,
        "phone_number_id": settings.phone_number_id,
    }
    change = {
        "field": "messages",
        "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
    }
    envelope = {
        "object": "whatsapp_business_account",
        "entry": [{"id": BUSINESS_ACCOUNT, "changes": [change]}],
    }
    body = json.dumps(envelope, ensure_ascii=False).encode()
    return sandbox.webhooks.send(
        Webhook(
            provider="whatsapp",
            lane=lane,
            subject=subject,
            url=settings.webhook_url,
            headers={
                "Content-Type": "application/json",
                "X-Hub-Signature-256": signature(body, settings.app_secret),
            },
            body=body,
            retry_seconds=settings.webhook_retry_seconds,
            delay_seconds=delay,
        )
    )
