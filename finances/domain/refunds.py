"""A refund: money that goes back to whoever paid it (FIN-09).

    requested ──► queued ──► sending ──► done
        └► rejected  ▲          │ └────► failed       the client has it as credit instead
                     │          ▼           ▲
                     └────── unknown ───────┘ or done

What cannot be refused by anybody, credit and cash, is `done` as soon as it is agreed to. `unknown`
is an answer that never came, or one that decides nothing yet: it is looked up and never sent again
before the gateway has said that it knows nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from finances.domain.references import reference_of


class State(StrEnum):
    """Where a refund stands; the values are the API's."""

    REQUESTED = "requested"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"


class Source(StrEnum):
    """Out of whose money it is: the client's credit, or the studio's income."""

    CREDIT = "credit"
    GOODWILL = "goodwill"


class Destination(StrEnum):
    """Where it goes."""

    GATEWAY = "gateway"
    CREDIT = "credit"
    BANK = "bank"
    CASH = "cash"


class Means(StrEnum):
    """How the gateway gives money back."""

    VOID = "void"
    REFUND = "refund"


class Outcome(StrEnum):
    """What the gateway says of one."""

    DONE = "done"
    REFUSED = "refused"
    UNDECIDED = "undecided"


# The client's money is promised to him, and has not left us.
PROMISED = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN})
OPEN = frozenset({State.REQUESTED, *PROMISED})
ENDED = frozenset(State) - OPEN

# A sender that is later than this does not send any more, and one that has not answered by the
# lease has died: a call takes at most its two time-outs.
SEND_WITHIN = timedelta(seconds=15)
LEASE = timedelta(seconds=45)
# Ages at which it is looked up; then in the last one's rhythm, for so long.
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 6, 15, 60))
LOOKED_UP_FOR = timedelta(hours=72)
# "I know nothing of it" is believed once whatever was under way must have arrived.
ABSENT_AFTER = timedelta(minutes=5)
# A gateway whose look-up does not tell the truth must not be paid from again and again.
MOST_SENDS = 3

_NEXT: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.QUEUED, State.DONE, State.REJECTED}),
    State.QUEUED: frozenset({State.SENDING, State.DONE, State.FAILED}),
    State.SENDING: frozenset({State.QUEUED, State.UNKNOWN, State.DONE, State.FAILED}),
    State.UNKNOWN: frozenset({State.QUEUED, State.DONE, State.FAILED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.REJECTED: frozenset(),
}


def may_become(current: str, following: str) -> bool:
    """Whether a refund that is `current` may be `following` next."""
    return State(following) in _NEXT[State(current)]


def refund_reference(refund_id: UUID) -> str:
    """What the gateway knows the refund by: no payment's reference looks like it."""
    return f"R{reference_of(refund_id)}"


def means_of(
    *, method: str, is_whole: bool, paid_at: datetime, now: datetime, zone: ZoneInfo
) -> Means:
    """A void costs nobody anything, where there is one: a whole card payment of the same day."""
    is_today = paid_at.astimezone(zone).date() == now.astimezone(zone).date()
    return Means.VOID if method == "CARD" and is_whole and is_today else Means.REFUND


def next_look(
    *, sent_at: datetime, now: datetime, looks: Sequence[timedelta] = LOOKS
) -> datetime | None:
    """When it is looked up next; `None` when only a person can tell any more."""
    age = now - sent_at
    upcoming = next((look for look in looks if look > age), None)
    if upcoming is None:
        upcoming = age + looks[-1]
    return sent_at + upcoming if upcoming <= LOOKED_UP_FOR else None


def is_surely_absent(*, sent_at: datetime, now: datetime) -> bool:
    """Whether what the gateway does not know will not come any more."""
    return now - sent_at >= ABSENT_AFTER


@dataclass(frozen=True, slots=True)
class RefundSighting:
    """A refund as the gateway itself says it is."""

    id: str
    outcome: Outcome
    amount: Decimal
    status: str


def retry_at(*, asked_at: datetime, now: datetime) -> datetime:
    """When what the gateway surely did not get is sent again: less and less often."""
    return now + min(max((now - asked_at) / 2, timedelta(minutes=1)), timedelta(hours=1))
