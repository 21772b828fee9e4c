"""What the provider says of a batch, and what follows from it for a line of ours (NA-30)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from finances.domain.payouts import LineStatus


class BatchState(StrEnum):
    """A batch in the provider's books, as far as we care: under way, over, or never to be."""

    UNDER_WAY = "under_way"
    OVER = "over"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One payment in the provider's books."""

    gateway_id: str
    reference: str
    status: LineStatus
    amount: Decimal
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeenPayout:
    """A batch in the provider's books, with all its payments."""

    gateway_id: str
    reference: str
    state: BatchState
    lines: tuple[SeenLine, ...]


class Verdict(StrEnum):
    """What a sighting means for a line."""

    NOTHING = "nothing"
    END = "end"
    CONTRADICTS = "contradicts"


def judge(*, current: str, amount: Decimal, seen: SeenLine) -> Verdict:
    """Whether what was seen ends the line; another amount, or a second ending, contradicts it.

    What has ended never moves money again, whatever is said of it later.
    """
    if seen.amount != amount:
        return Verdict.CONTRADICTS
    if seen.status is LineStatus.PENDING or seen.status == current:
        return Verdict.NOTHING
    return Verdict.END if current == LineStatus.PENDING else Verdict.CONTRADICTS
