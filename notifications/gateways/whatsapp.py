"""WhatsApp Cloud API (whatsapp_cloud.md, part A)."""

import hashlib
import hmac
import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings

from core.crypto import constant_time_equal
from core.errors import ProviderUnavailable
from core.http import ProviderClient, UnknownOutcome
from notifications.domain.outcomes import (
    Accepted,
    Outcome,
    Reference,
    Refused,
    StatusReport,
    Unavailable,
    Unknown,
    Verdict,
)
from notifications.domain.statuses import DeliveryStatus
from notifications.domain.templates import Rendered

logger = logging.getLogger(__name__)

# Section A7. What is not listed is refused for a reason we do not know: people have to look.
TEMPORARY = {1, 2, 130429, 131000, 131016, 131056, 131057}
NOT_THERE = {130472, 131026, 131030, 131047, 131048, 131049, 131050}
# The account cannot send at all: the person is still told, by the next channel, and so are we.
ACCOUNT_BROKEN = {0, 190, 131031, 131042}

STATUSES = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}


class WhatsAppGateway:
    """Sends approved templates."""

    def send(self, *, reference: Reference, phone: str, message: Rendered) -> Outcome:
        """Try once; there is no idempotency key, so silence is `Unknown`, never repeated."""
        client = _client(settings.WHATSAPP_BASE_URL, settings.WHATSAPP_TOKEN)
        path = f"/{settings.WHATSAPP_PHONE_NUMBER_ID}/messages"
        try:
            answer = client.post("send template", path, json=_body(reference, phone, message))
        except UnknownOutcome as exc:
            return _explained(exc.response)
        except ProviderUnavailable:
            return Unavailable()
        payload = _object(answer)
        if answer.status_code >= 400:
            return refusal(_error_code(payload))
        messages = payload.get("messages") or [{}]
        return Accepted(provider_id=str(messages[0].get("id", "")))


def _body(reference: Reference, phone: str, message: Rendered) -> dict[str, Any]:
    content = message.whatsapp
    parameters = [{"type": "text", "text": text} for text in content.parameters]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": phone.removeprefix("+"),
        "type": "template",
        "biz_opaque_callback_data": str(reference),
        "template": {
            "name": content.name,
            "language": {"code": content.language},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


def _explained(response: Any) -> Outcome:
    """A 5xx with one of Meta's own codes says that nothing was sent; any other says nothing."""
    code = None if response is None else _error_code(_object(response))
    return Unknown() if code is None else refusal(code)


def _object(response: Any) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _error_code(payload: Mapping[str, Any]) -> int | None:
    error = payload.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None


def refusal(code: int | None) -> Refused:
    """What Meta's error code asks for (A7)."""
    name = f"whatsapp_{code}"
    if code in TEMPORARY:
        return Refused(name, Verdict.RETRY)
    if code in NOT_THERE:
        return Refused(name, Verdict.FALL_BACK)
    if code in ACCOUNT_BROKEN:
        return Refused(name, Verdict.FALL_BACK, needs_us=True)
    return Refused(name, Verdict.FAIL, needs_us=True)


@lru_cache(maxsize=8)
def _client(base_url: str, token: str) -> ProviderClient:
    return ProviderClient("whatsapp", base_url, headers={"Authorization": f"Bearer {token}"})


def is_authentic(*, body: bytes, signature: str) -> bool:
    """Whether `X-Hub-Signature-256` is the app secret's over the raw bytes (A4)."""
    digest = hmac.new(settings.WHATSAPP_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return constant_time_equal(signature, f"sha256={digest}")


def read_statuses(body: bytes) -> list[StatusReport]:
    """The statuses of a webhook, in order; what people write to us is nobody's business here.

    Raises `msgspec.DecodeError` for what is not JSON.
    """
    envelope = msgspec.json.decode(body)
    reports = []
    for status in _raw_statuses(envelope):
        if status.get("status") in STATUSES and status.get("id"):
            reports.append(_report(status))
        else:
            logger.info("unknown whatsapp status", extra={"status": status.get("status")})
    return reports


def _raw_statuses(envelope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in envelope.get("entry", ()):
        for change in entry.get("changes", ()):
            yield from change.get("value", {}).get("statuses", ())


def _report(status: Mapping[str, Any]) -> StatusReport:
    reached = STATUSES[status["status"]]
    errors = status.get("errors") or [{}]
    return StatusReport(
        reference=Reference.parse(str(status.get("biz_opaque_callback_data"))),
        provider_id=str(status["id"]),
        status=reached,
        refusal=refusal(errors[0].get("code")) if reached is DeliveryStatus.FAILED else None,
    )
