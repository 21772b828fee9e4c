"""Waiting for a time to come free: what a person would take, and until when it is theirs (SPA-12).

Who comes first is a matter of the line: priority, then time of joining. These are the rules for one
person in it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# Nobody can be told and answer in less (business-rules.md, Waitlist).
SHORTEST_OFFER = timedelta(minutes=5)


class EntryStatus(StrEnum):
    """Where somebody stands who waits."""

    WAITING = "waiting"
    BOOKED = "booked"
    LEFT = "left"
    ENDED = "ended"


class OfferStatus(StrEnum):
    """What became of a time that was offered."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class SkipReason(StrEnum):
    """Why somebody in the line was passed over."""

    NOT_OFFERED = "not_offered"
    STAFF_NOT_ABLE = "staff_not_able"
    NOT_FREE = "not_free"
    OTHER_TIMES = "other_times"
    OFFERED_BEFORE = "offered_before"
    TOO_NEAR = "too_near"
    BARRED = "barred"
    LIMIT_REACHED = "limit_reached"
    DEBT_OPEN = "debt_open"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open interval `[begins, ends)`."""

    begins: datetime
    ends: datetime

    def touches(self, other: "Span") -> bool:
        """Whether both have an instant in common."""
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody would come: local days, both included, and when a visit may begin on them."""

    zone: ZoneInfo
    date_from: date
    date_to: date
    time_from: time | None = None
    time_to: time | None = None

    def allows(self, start: datetime) -> bool:
        """Whether a visit may begin at `start`, by the clock on the place's wall (NA-17)."""
        local = start.astimezone(self.zone)
        wall = local.time()
        return (
            self.date_from <= local.date() <= self.date_to
            and (self.time_from is None or self.time_from <= wall)
            and (self.time_to is None or wall <= self.time_to)
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """What a visit takes around its start: how long it lasts, and its buffers, in minutes."""

    duration: int
    before: int
    after: int

    def visit(self, start: datetime) -> Span:
        """The visit itself."""
        return Span(start, start + timedelta(minutes=self.duration))

    def taken(self, start: datetime) -> Span:
        """The visit with everything it keeps busy around it."""
        return Span(start - timedelta(minutes=self.before), start + timedelta(minutes=self.after))


def offer_ends(
    start: datetime, *, now: datetime, minutes: int, notice_minutes: int
) -> datetime | None:
    """Until when an offered start is kept: never so late that it could not be booked any more.

    `None` when there is no time left to ask anybody.
    """
    last = start - timedelta(minutes=notice_minutes)
    end = min(now + timedelta(minutes=minutes), last)
    return end if end - now >= SHORTEST_OFFER else None


def starts_to_offer(
    free: Sequence[datetime],
    *,
    wish: Wish,
    shape: Shape,
    freed: Collection[Span] | None,
    had: Collection[Span],
    deadline: Callable[[datetime], datetime | None],
) -> Sequence[datetime] | SkipReason:
    """Which of the `free` starts somebody may be offered, in their order; or why none.

    Only what the time that came `free`d makes possible (`None`: any), and nothing of what they
    `had` been offered before: who let a time go is not asked about it again.
    """
    stages: tuple[tuple[SkipReason, Callable[[datetime], bool]], ...] = (
        (
            SkipReason.NOT_FREE,
            lambda start: freed is None or _touches_any(shape.taken(start), freed),
        ),
        (SkipReason.OTHER_TIMES, wish.allows),
        (SkipReason.OFFERED_BEFORE, lambda start: not _touches_any(shape.visit(start), had)),
        (SkipReason.TOO_NEAR, lambda start: deadline(start) is not None),
    )
    left = free
    for reason, passes in stages:
        left = [start for start in left if passes(start)]
        if not left:
            return reason
    return left


def _touches_any(span: Span, others: Collection[Span]) -> bool:
    return any(span.touches(other) for other in others)
