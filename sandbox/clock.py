"""Instants as the providers write them. Inside the sandbox an instant is seconds since 1970."""

from datetime import UTC, datetime
from email.utils import format_datetime


def iso(instant: float) -> str:
    """UTC with milliseconds and `Z`, as Wompi and Twilio Verify write it."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc2822(instant: float) -> str:
    """As Twilio's Messages resource writes it: `Tue, 01 Dec 2026 15:30:00 +0000`."""
    return format_datetime(datetime.fromtimestamp(instant, UTC))


def parse_iso(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 instant with its offset; `None` when it is not one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
