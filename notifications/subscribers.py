"""What providers tell us: webhooks of the inbox, each read and recorded."""

from datetime import datetime
from typing import Any

from core.inbox import register_handler
from notifications.gateways import sms, whatsapp
from notifications.steps.statuses import record_status


def apply_whatsapp(body: bytes, found: Any, now: datetime) -> None:
    """Record every status of one webhook of Meta's."""
    for report in whatsapp.read_statuses(body):
        record_status(report, now=now)


def apply_twilio(body: bytes, found: Any, now: datetime) -> None:
    """Record the status of one callback of Twilio's."""
    if (report := sms.read_status(body)) is not None:
        record_status(report, now=now)


def register() -> None:
    """Once, at start."""
    register_handler("whatsapp", apply=apply_whatsapp)
    register_handler("twilio", apply=apply_twilio)
