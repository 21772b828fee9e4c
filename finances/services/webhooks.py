"""Events of the gateway: received fast, worked on later (FIN-02)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core import inbox
from finances import metrics
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.errors import TransactionNotFound
from finances.gateways.current import gateway
from finances.gateways.wompi_events import (
    WompiEvent,
    read_event,
    verify_event,
    without_secrets,
)
from finances.steps.settlement import settle

PROVIDER = "wompi"


def receive_event(*, body: bytes, now: datetime) -> None:
    """Keep an authentic event for the worker; a repeat is only counted. One statement.

    Tokens, and the numbers of kept ways to pay, are left out: they are kept encrypted or not at
    all. Raises `WebhookSignatureWrong`.
    """
    key = verify_event(body)
    inbox.store(provider=PROVIDER, key=key, body=without_secrets(body), now=now)


def look_up_events(bodies: Sequence[bytes]) -> list[Sighting | Exception | None]:
    """What the gateway itself says of each event's transaction, asked for all at once.

    `None` for an event that is about none. Runs outside transactions (NA-31).
    """
    events = [read_event(body) for body in bodies]
    wanted = {event.transaction_id for event in events if event.transaction_id}
    found = gateway().find_many(wanted) if wanted else {}
    return [_sighting(event, found) for event in events]


def _sighting(
    event: WompiEvent, found: Mapping[str, GatewayTransaction | Exception | None]
) -> Sighting | Exception | None:
    if not event.transaction_id:
        return None
    answer = found[event.transaction_id]
    if answer is None:
        return TransactionNotFound()
    return answer if isinstance(answer, Exception) else Sighting(answer, event.claim)


def apply_events(
    bodies: Sequence[bytes], sightings: Sequence[Sighting | None], now: datetime
) -> None:
    """Settle a batch of events, all or none (`core.inbox` tries one by one if it fails)."""
    about = [sighting for sighting in sightings if sighting]
    metrics.EVENTS_IGNORED.labels(reason="not about a transaction").inc(len(bodies) - len(about))
    if about:
        settle(about, now=now)
