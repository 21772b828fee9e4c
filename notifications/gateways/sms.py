"""SMS by Twilio's Messages resource (whatsapp_cloud.md, part B)."""

from django.conf import settings
from django.http import QueryDict
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from core.twilio import twilio_client
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

STATUS_PATH = "/api/v1/webhooks/twilio/status"

# Section B4. What is not listed is refused for a reason we do not know: people have to look.
TEMPORARY = {20429, 63018}
NOT_THERE = {21211, 21610, 21614, 30003, 30005, 30006, 30008, 63003, 63024, 63032, 63049}

STATUSES = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "undelivered": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}


class SmsGateway:
    """Sends plain text."""

    def send(self, *, reference: Reference, phone: str, message: Rendered) -> Outcome:
        """Try once; there is no idempotency key, so silence is `Unknown`, never repeated."""
        try:
            sent = twilio_client("send sms").messages.create(
                to=phone,
                from_=settings.TWILIO_FROM,
                body=message.sms,
                status_callback=f"{settings.PUBLIC_BASE_URL}{STATUS_PATH}?delivery={reference}",
            )
        except UnknownOutcome:
            return Unknown()
        except ProviderUnavailable:
            return Unavailable()
        except TwilioRestException as exc:
            return refusal(exc.code)
        return Accepted(provider_id=str(sent.sid))


def refusal(code: int | None) -> Refused:
    """What Twilio's error code asks for (B4)."""
    name = f"twilio_{code}"
    if code in TEMPORARY:
        return Refused(name, Verdict.RETRY)
    if code in NOT_THERE:
        return Refused(name, Verdict.FALL_BACK)
    return Refused(name, Verdict.FAIL, needs_us=True)


def is_authentic(*, path: str, body: bytes, signature: str) -> bool:
    """Whether `X-Twilio-Signature` covers the address Twilio called and the form it posted (B3).

    `path` is path and query; the host is the public one, whatever a proxy made of it.
    """
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    url = f"{settings.PUBLIC_BASE_URL}{path}"
    return bool(validator.validate(url, QueryDict(body), signature))


def read_status(body: bytes) -> StatusReport | None:
    """The status in a callback: our query and Twilio's form, as one form. `None`: nothing new."""
    form = QueryDict(body)
    reached = STATUSES.get(form.get("MessageStatus", ""))
    if reached is None:  # queued, sending…: no more than its answer said
        return None
    error = form.get("ErrorCode", "")
    code = int(error) if error.isdecimal() else None
    return StatusReport(
        reference=Reference.parse(form.get("delivery", "")),
        provider_id=form.get("MessageSid", ""),
        status=reached,
        refusal=refusal(code) if reached is DeliveryStatus.FAILED else None,
    )
