"""Group classes as pure rules: when they happen, who has a seat, what leaving costs (SPA-21)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.lifecycles import Lifecycle
from core.money import ZERO, share_of
from spa.domain.wall_time import instant_of, shows

MIDNIGHT = time(0)
WHOLE = Decimal(100)


class SessionStatus(StrEnum):
    """Where a class on one date stands."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DONE = "done"


class EnrolmentStatus(StrEnum):
    """Where a person stands in one class."""

    WAITING = "waiting"
    OFFERED = "offered"
    PENDING_PAYMENT = "pending_payment"
    ENROLLED = "enrolled"
    ATTENDED = "attended"
    ABSENT = "absent"
    LEFT = "left"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_E = EnrolmentStatus
# Who keeps a seat of the class busy. `seats_taken` is how many of these there are.
HOLDING = frozenset({_E.OFFERED, _E.PENDING_PAYMENT, _E.ENROLLED, _E.ATTENDED, _E.ABSENT})
# Seats that are kept for a while only.
HELD = frozenset({_E.OFFERED, _E.PENDING_PAYMENT})
# Who has a place that is theirs: paid, covered by a package, or free of charge.
CERTAIN = frozenset({_E.ENROLLED, _E.ATTENDED, _E.ABSENT})
# Places that are paid for: money is asked for no others.
OWING = CERTAIN | {_E.PENDING_PAYMENT}
# A person has one of these in a class, at most.
OPEN = HOLDING | {_E.WAITING}

ENROLMENT_LIFE = Lifecycle(
    {
        (None, _E.WAITING): "full, would wait",
        (None, _E.PENDING_PAYMENT): "seat kept",
        (None, _E.ENROLLED): "free, credit or package",
        (_E.WAITING, _E.OFFERED): "a seat came free",
        # Without an offer when a seat is free so near the start that nobody was asked any more.
        (_E.WAITING, _E.PENDING_PAYMENT): "seat free, too late to ask",
        (_E.WAITING, _E.ENROLLED): "seat free, too late to ask",
        (_E.WAITING, _E.LEFT): "gives up",
        (_E.WAITING, _E.EXPIRED): "class is over",
        (_E.WAITING, _E.CANCELLED): "studio cancels",
        (_E.OFFERED, _E.PENDING_PAYMENT): "accepts",
        (_E.OFFERED, _E.ENROLLED): "accepts, nothing to pay",
        (_E.OFFERED, _E.LEFT): "declines",
        (_E.OFFERED, _E.EXPIRED): "no answer in time",
        (_E.OFFERED, _E.CANCELLED): "studio cancels",
        (_E.PENDING_PAYMENT, _E.ENROLLED): "paid",
        (_E.PENDING_PAYMENT, _E.LEFT): "gives up",
        (_E.PENDING_PAYMENT, _E.EXPIRED): "unpaid in time",
        (_E.PENDING_PAYMENT, _E.CANCELLED): "studio cancels",
        # Money that comes late takes a seat again, if there is one (NA-23).
        (_E.EXPIRED, _E.ENROLLED): "late money, a seat is free",
        (_E.ENROLLED, _E.ATTENDED): "was there",
        (_E.ENROLLED, _E.ABSENT): "was not there",
        (_E.ENROLLED, _E.LEFT): "leaves",
        (_E.ENROLLED, _E.CANCELLED): "studio cancels",
        # Staff correct what they noted.
        (_E.ATTENDED, _E.ABSENT): "corrected",
        (_E.ATTENDED, _E.CANCELLED): "studio cancels",
        (_E.ABSENT, _E.ATTENDED): "corrected",
        (_E.ABSENT, _E.CANCELLED): "studio cancels",
    }
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """On which local dates a class is given: ISO weekdays within inclusive dates."""

    weekdays: frozenset[int]
    valid_from: date
    valid_until: date | None

    def dates(self, first: date, last: date) -> Iterator[date]:
        """Its dates from `first` to `last`, both included."""
        day = max(first, self.valid_from)
        last = min(last, self.valid_until) if self.valid_until else last
        while day <= last:
            if day.isoweekday() in self.weekdays:
                yield day
            day += timedelta(days=1)


def start_on(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """When the wall clock shows `wall` on `day`, in UTC; `None` when it never does (NA-17).

    Of the two moments of a fold it is the first.
    """
    instant = instant_of(day, wall, zone)
    local = datetime.combine(day, wall, tzinfo=zone)
    return instant if shows(instant, local, zone) else None


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody does not work on a date, between two wall times or the whole day."""

    date: date
    starts: time | None
    ends: time | None

    def covers(self, begin: datetime, end: datetime, zone: ZoneInfo) -> bool:
        """Whether any of `[begin, end)` falls into it."""
        next_day = self.date + timedelta(days=1)
        first = instant_of(self.date, self.starts or MIDNIGHT, zone)
        last = instant_of(self.date, self.ends, zone) if self.ends else None
        return begin < (last or instant_of(next_day, MIDNIGHT, zone)) and first < end


def seat_terms(
    *, start: datetime, zone: ZoneInfo, hours: int, late_credit_percent: Decimal
) -> dict[str, Any]:
    """The conditions of leaving a class, frozen on the enrolment (SPA-26)."""
    # In UTC: a clock change in between would make wall-clock arithmetic an hour wrong (NA-17).
    until = start.astimezone(UTC) - timedelta(hours=hours)
    return {
        "free_until": until.astimezone(zone).isoformat(),
        "credit_percent_before": f"{WHOLE:.2f}",
        "credit_percent_after": f"{late_credit_percent:.2f}",
    }


@dataclass(frozen=True, slots=True)
class Parting:
    """What becomes of a place that is given up: `credit` goes back, `kept` stays the studio's."""

    credit: Decimal
    kept: Decimal
    restores_session: bool


def leaving(terms: Mapping[str, Any], *, paid: Decimal, currency: str, now: datetime) -> Parting:
    """What leaving at `now` gives back, decided from the terms agreed to.

    The session of a package cannot be split: it comes back in time, or when late money would too.
    """
    if now <= datetime.fromisoformat(str(terms["free_until"])):
        return Parting(paid, ZERO, True)
    percent = Decimal(str(terms["credit_percent_after"]))
    credit = share_of(paid, percent, currency)
    return Parting(credit, paid - credit, percent >= WHOLE)


def roll(marked: Mapping[Any, str], present: Sequence[Any]) -> dict[EnrolmentStatus, list[Any]]:
    """Whose mark changes when `present` were there: clients by their new status."""
    changes: dict[EnrolmentStatus, list[Any]] = {_E.ATTENDED: [], _E.ABSENT: []}
    there = set(present)
    for client, status in marked.items():
        target = _E.ATTENDED if client in there else _E.ABSENT
        if status != target:
            changes[target].append(client)
    return changes
