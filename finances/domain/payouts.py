"""The life of a payout and of its lines, and what is asked of the provider when (FIN-07, NA-30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from core.money import ZERO

T = TypeVar("T")

# The provider remembers a key for 24 hours. The rest of them is for clocks that differ and for a
# request that is long under way: afterwards the key is as good as new, and sending would pay twice.
KEY_LIFE = timedelta(hours=23)
# So long after a request has left, an answer "I know no such batch" is about that request too.
TAKEN_BY_THEN = timedelta(minutes=10)
# How long after each look that decided nothing the next one is; the last step repeats.
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))


class PayoutStatus(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FINISHED = "finished"
    REJECTED = "rejected"


class LineStatus(StrEnum):
    """Where the money of one payee stands."""

    PENDING = "pending"
    APPROVED = "approved"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(StrEnum):
    """Why no money moved; only `NO_FUNDS` says that there was too little of it."""

    NO_FUNDS = "no_funds"
    DAILY_LIMIT = "daily_limit"
    PLAN_LIMIT = "plan_limit"
    ACCOUNT = "account"
    REFUSED = "refused"
    NOT_TAKEN = "not_taken"
    BANK = "bank"


# Batches that somebody still has to bring to the provider, or to ask about there.
UNDER_WAY = frozenset({PayoutStatus.WAITING, PayoutStatus.SENDING, PayoutStatus.UNKNOWN})
OPEN = UNDER_WAY | {PayoutStatus.SENT}

OF_BATCH = {
    "EXC_008": Failure.NO_FUNDS,
    "EXC_017": Failure.DAILY_LIMIT,
    "EXC_018": Failure.PLAN_LIMIT,
    "EXC_019": Failure.ACCOUNT,
}
OF_LINE = {"D19": Failure.NO_FUNDS}


def failure_of_batch(code: str) -> Failure:
    """What the provider's refusal of a whole batch means."""
    return OF_BATCH.get(code, Failure.REFUSED)


def failure_of_line(code: str) -> Failure:
    """What the bank's refusal of one line means."""
    return OF_LINE.get(code, Failure.BANK)


class Next(StrEnum):
    """What to do with a batch the provider says it does not know."""

    SEND = "send"
    LOOK_LATER = "look_later"
    GIVE_UP = "give_up"


def after_not_found(
    *,
    first_sent_at: datetime | None,
    last_sent_at: datetime | None,
    is_refused: bool,
    now: datetime,
) -> Next:
    """Send with the key while it lives; afterwards, and after a refusal, the money is free again.

    But not before a request that left can have arrived: until then "not there" proves nothing.
    While the key lives a second request is harmless, since the provider refuses the key's second
    use.
    """
    if first_sent_at is None or last_sent_at is None:
        return Next.SEND
    if now - last_sent_at < TAKEN_BY_THEN and (is_refused or now - first_sent_at >= KEY_LIFE):
        return Next.LOOK_LATER
    if is_refused or now - first_sent_at >= KEY_LIFE:
        return Next.GIVE_UP
    return Next.SEND


def next_look(looks: int, *, now: datetime) -> datetime:
    """When to look again after so many looks that decided nothing."""
    return now + LOOKS[min(looks, len(LOOKS) - 1)]


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody would be paid now: commissions can be less than nothing, tips cannot."""

    commissions: Decimal
    tips: Decimal

    @property
    def paid_for_commissions(self) -> Decimal:
        """Tips are the person's own: they make up for no commission that was taken back."""
        return max(self.commissions, ZERO)

    @property
    def total(self) -> Decimal:
        """What a line would be worth."""
        return self.paid_for_commissions + self.tips


def is_due(owed: Owed, *, threshold: Decimal, is_named: bool) -> bool:
    """Whether somebody is paid: from the threshold on, or anything if asked for by name."""
    return owed.total > ZERO and (is_named or owed.total >= threshold)


def in_batches(lines: Sequence[tuple[T, Decimal]], *, most: Decimal) -> list[list[T]]:
    """The lines in their order, cut into batches of at most `most`; a larger one goes alone."""
    batches: list[list[T]] = []
    room = ZERO
    for line, amount in lines:
        if not batches or amount > room:
            batches.append([])
            room = most
        batches[-1].append(line)
        room -= amount
    return batches
