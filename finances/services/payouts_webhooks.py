"""Events of the payouts provider: received fast, worked on later, never believed (FIN-07)."""

import time
from collections.abc import Sequence
from datetime import datetime

from core import inbox
from core.errors import ProviderUnavailable
from finances import metrics
from finances.domain.payout_sightings import SeenPayout
from finances.errors import PayoutNotFound
from finances.gateways.payouts_current import payouts_gateway
from finances.gateways.wompi_payout_events import payout_id_of, verify_payout_event, without_payee
from finances.steps.payout_sightings import apply_seen

PROVIDER = "wompi-payouts"
# Well within the lease of the messages that wait for the answers (core.inbox).
MOST_SECONDS = 25.0


def receive_payout_event(*, body: bytes, now: datetime) -> None:
    """Keep an authentic event for the worker; a repeat is only counted. One statement.

    Where the person is paid is left out: it is kept encrypted or not at all. Raises
    `WebhookSignatureWrong`.
    """
    key = verify_payout_event(body)
    inbox.store(provider=PROVIDER, key=key, body=without_payee(body), now=now)


def look_up_payout_events(bodies: Sequence[bytes]) -> list[SeenPayout | Exception | None]:
    """What the provider itself says of each event's batch, asked for once a batch.

    `None` for an event that is about none. Runs outside transactions (NA-31).
    """
    ids = [payout_id_of(body) for body in bodies]
    deadline = time.monotonic() + MOST_SECONDS
    found = {payout_id: _ask(payout_id, deadline) for payout_id in dict.fromkeys(ids) if payout_id}
    return [found.get(payout_id) for payout_id in ids]


def apply_payout_events(
    bodies: Sequence[bytes], seen: Sequence[SeenPayout | None], now: datetime
) -> None:
    """Bring the batches to where the provider says they are."""
    about = {one.gateway_id: one for one in seen if one}
    metrics.EVENTS_IGNORED.labels(reason="not about a payout").inc(seen.count(None))
    apply_seen(list(about.values()), now=now)


def _ask(payout_id: str, deadline: float) -> SeenPayout | Exception:
    if time.monotonic() > deadline:
        return ProviderUnavailable()
    try:
        return payouts_gateway().find_by_id(payout_id) or PayoutNotFound()
    except ProviderUnavailable as exc:
        return exc
