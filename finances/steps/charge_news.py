"""What the gateway says of a charge of ours: its payment hears of it, and it ends with it."""

from collections.abc import Sequence
from datetime import datetime

from core.db import requires_transaction
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.steps.charges import end_charges
from finances.steps.settlement import settle


@requires_transaction
def take_in(found: Sequence[GatewayTransaction], *, now: datetime) -> None:
    """Settle what was found, and end the charges of what is over there.

    Also of what was no news to the payment, or contradicts it: the charge is over all the same.
    """
    settle([Sighting(seen) for seen in found], now=now)
    over = {seen.reference: seen.id for seen in found if seen.status is not Status.PENDING}
    if over:
        end_charges(over, now=now)
