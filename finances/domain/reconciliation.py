"""What the providers' books say beside what ours say, and where the two differ (FIN-06).

Both sides of a thing are signed money: what it added to, or took from, the place where the money
is, the gateway's account or the bank's. A thing is compared by its id, whatever its day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from core.money import ZERO
from finances.domain.months import begins_at


class Subject(StrEnum):
    """What kind of thing is compared."""

    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"


class Kind(StrEnum):
    """How the two sides differ."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT = "amount"
    CURRENCY = "currency"
    STATUS = "status"


class DayStatus(StrEnum):
    """Where the reconciliation of a day stands."""

    RUNNING = "running"
    CLEAN = "clean"
    DIFFERS = "differs"
    FAILED = "failed"


class State(StrEnum):
    """What has become of a difference.

        open ──► assigned ──► proposed ──► resolved
          └─────────┴────────────┴───────► gone

    `proposed` waits for a second person; `gone` is what settled by itself.
    """

    OPEN = "open"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    RESOLVED = "resolved"
    GONE = "gone"


class Way(StrEnum):
    """How a difference is resolved. None of them confirms a payment (NA-22)."""

    ASKED_AGAIN = "asked_again"
    CLIENT_CREDIT = "client_credit"
    DIFFERENCES = "differences"
    GATEWAY_FEES = "gateway_fees"


PENDING = frozenset({State.OPEN, State.ASSIGNED, State.PROPOSED})
# After a day, its last payments still end, and their events still come.
QUIET = timedelta(hours=2)
DAYS_BACK = 7
# Banks take money back for months, and a list has a payment under the day on which it began: at
# these ages, in days, it is read again.
READ_AGAIN_AFTER = (3, 7, 14, 30, 60, 90, 120)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A thing as a provider's books have it. `money` is what it moved there."""

    key: str
    status: str
    amount: Decimal
    currency: str
    money: Decimal
    at: datetime | None = None
    reference: str = ""
    # The transaction of a refund, the batch of a bank payment.
    belongs_to: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """As it is kept beside a difference."""
        return {
            "status": self.status,
            "amount": str(self.amount),
            "currency": self.currency,
            "money": str(self.money),
            "reference": self.reference,
            "belongs_to": self.belongs_to,
        }


@dataclass(frozen=True, slots=True)
class Ours:
    """The same thing in our tables; `money` is what the LEDGER says it moved."""

    status: str
    amount: Decimal
    currency: str
    money: Decimal
    reference: str = ""
    belongs_to: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """As it is kept beside a difference."""
        return {
            "status": self.status,
            "amount": str(self.amount),
            "currency": self.currency,
            "money": str(self.money),
            "reference": self.reference,
            "belongs_to": self.belongs_to,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of one thing; `resolved` is what resolutions have booked for it."""

    subject: Subject
    key: str
    theirs: Theirs | None
    ours: Ours | None
    resolved: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Found:
    """A difference: `amount` is how much more there is at the provider than in our books."""

    pair: Pair
    kind: Kind
    amount: Decimal
    currency: str

    @property
    def thing(self) -> tuple[Subject, str]:
        """What it is about."""
        return self.pair.subject, self.pair.key


@dataclass(slots=True)
class Sums:
    """How many things of a day both sides have, and how much money they moved."""

    there: int = 0
    here: int = 0
    money_there: Decimal = ZERO
    money_here: Decimal = ZERO
    seen: set[str] = field(default_factory=set)

    def add(self, pair: Pair) -> None:
        """Count a thing once."""
        if pair.key in self.seen:
            return
        self.seen.add(pair.key)
        if pair.theirs:
            self.there, self.money_there = self.there + 1, self.money_there + pair.theirs.money
        if pair.ours:
            self.here += 1
        self.money_here += (pair.ours.money if pair.ours else ZERO) + pair.resolved


def find(pair: Pair) -> Found | None:
    """Where the two sides differ in money; `None` where they do not.

    What moved no money on either side is no difference, whatever it is called.
    """
    there = pair.theirs.money if pair.theirs else ZERO
    here = (pair.ours.money if pair.ours else ZERO) + pair.resolved
    side = pair.theirs or pair.ours
    if side is None or (there == here and not _is_booked_in_another(pair)):
        return None
    return Found(pair, _kind_of(pair), there - here, side.currency)


def _is_booked_in_another(pair: Pair) -> bool:
    theirs, ours = pair.theirs, pair.ours
    if theirs is None or ours is None or theirs.currency == ours.currency:
        return False
    return bool(ours.money)


def _kind_of(pair: Pair) -> Kind:
    if pair.theirs is None:
        return Kind.MISSING_THERE
    if pair.ours is None:
        return Kind.MISSING_HERE
    if pair.theirs.currency != pair.ours.currency:
        return Kind.CURRENCY
    return Kind.AMOUNT if pair.theirs.amount != pair.ours.amount else Kind.STATUS


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: its two instants, and the providers' days (of UTC) that are read for it."""

    local: date
    starts_at: datetime
    ends_at: datetime

    @property
    def read_from(self) -> date:
        """A day earlier than the day needs: an edge is nobody's difference."""
        return self.starts_at.date() - timedelta(days=1)

    @property
    def read_until(self) -> date:
        """A day later."""
        return self.ends_at.date() + timedelta(days=1)

    @property
    def read_again(self) -> list[date]:
        """Earlier days whose payments may have been taken back since."""
        return [self.starts_at.date() - timedelta(days=age) for age in READ_AGAIN_AFTER]

    def has(self, moment: datetime | None) -> bool:
        """Whether something happened on this day; what says no time has."""
        return moment is None or self.starts_at <= moment < self.ends_at


def day_of(day: date, *, zone: tzinfo) -> Day:
    """The local day `day`."""
    return Day(day, begins_at(day, zone=zone), begins_at(day + timedelta(days=1), zone=zone))


def days_over(*, now: datetime, zone: tzinfo) -> list[date]:
    """The days that can be reconciled at `now`, oldest first; none older than `DAYS_BACK`."""
    today = (now - QUIET).astimezone(zone).date()
    return [today - timedelta(days=back) for back in range(DAYS_BACK, 0, -1)]


def is_over(day: date, *, now: datetime, zone: tzinfo) -> bool:
    """Whether `day` is over, and has been for a while."""
    return day < (now - QUIET).astimezone(zone).date()
