"""A way to pay that is kept for the next time (FIN-08).

    awaiting ──► creating ──► pending ──► available ──► voiding ──► voided
        └────────────┴── refused | lost

A Nequi account is `awaiting` until its owner says yes in the app. An answer that never came ends as
`lost`: the gateway may keep something that nobody can charge, and the person asks again.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class SourceKind(StrEnum):
    """What it is."""

    CARD = "card"
    NEQUI = "nequi"


class SourceStatus(StrEnum):
    """Where it stands; the values are the API's."""

    AWAITING = "awaiting"
    CREATING = "creating"
    PENDING = "pending"
    AVAILABLE = "available"
    REFUSED = "refused"
    LOST = "lost"
    VOIDING = "voiding"
    VOIDED = "voided"


# Kept at the gateway, and meant to be: one of each kind a person.
LIVE = frozenset({SourceStatus.PENDING, SourceStatus.AVAILABLE})
# What its owner sees in the list.
SHOWN = LIVE | {SourceStatus.AWAITING, SourceStatus.CREATING}

MOST_SOURCES = 10
LEASE = timedelta(seconds=45)
LOOK_EVERY = timedelta(seconds=10)
# As long as the tokens of acceptance live: nobody can say yes after that.
AWAIT_AT_MOST = timedelta(minutes=50)


@dataclass(frozen=True, slots=True)
class KeptSource:
    """A source as the gateway answers for it. `identity` tells one card from another."""

    id: str = field(repr=False)
    status: SourceStatus
    brand: str
    last_four: str
    identity: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NequiToken:
    """A Nequi account whose owner is asked in the app."""

    id: str = field(repr=False)
    is_approved: bool
    is_declined: bool
