"""Status callbacks: form posts, signed (sections B1 and B3)."""

from urllib.parse import urlencode

from sandbox.context import Sandbox
from sandbox.twilio.auth import signature
from sandbox.webhooks import Webhook


def send_statuses(
    sandbox: Sandbox, *, url: str, sid: str, to: str, steps: list[tuple[str, int | None]]
) -> None:
    """Tell `url` how a message fares, one post a step, in order, a moment later."""
    settings = sandbox.settings.twilio
    for status, error_code in steps:
        parameters = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": to,
            "From": settings.from_number,
            "AccountSid": settings.account_sid,
            "ApiVersion": "2010-04-01",
        }
        if error_code is not None:
            parameters["ErrorCode"] = str(error_code)
        signed = signature(url=url, parameters=parameters, auth_token=settings.auth_token)
        sandbox.webhooks.send(
            Webhook(
                provider="twilio",
                lane=f"twilio {sid}",
                subject=sid,
                url=url,
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                    "X-Twilio-Signature": signed,
                },
                body=urlencode(parameters).encode(),
                delay_seconds=settings.status_delay_seconds,
            )
        )
