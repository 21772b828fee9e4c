"""The life of a membership: every transition in one table, and what is due on a day (FIN-08).

Pure: dates are local to the studio. A month is paid before it begins and earned when it is over.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from core.lifecycles import Lifecycle
from core.money import charged


class SubscriptionStatus(StrEnum):
    """Where a membership stands; the values are the API's."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    ENDED = "ended"


class PeriodState(StrEnum):
    """Where one month of a membership stands."""

    DUE = "due"
    PAID = "paid"
    GIVEN_UP = "given_up"


class EndReason(StrEnum):
    """Why a membership is over."""

    NEVER_PAID = "never_paid"
    UNPAID = "unpaid"
    CANCELLED = "cancelled"
    BANNED = "banned"
    CLOSED = "closed"


class RewardKind(StrEnum):
    """What so many months in a row are rewarded with."""

    CREDIT = "credit"
    VOUCHER = "voucher"


class Happened(StrEnum):
    """What a member is told, and the log says."""

    ASKED = "asked"
    STARTED = "started"
    RENEWED = "renewed"
    RECOVERED = "recovered"
    DECLINED = "declined"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    REACTIVATED = "reactivated"
    PLAN_CHANGED = "plan_changed"
    PLAN_PLANNED = "plan_planned"
    ENDED = "ended"


# What payments and documents call a month of a membership, and a change of its plan.
MONTH = "finances.subscription"
PLAN_CHANGE = "finances.plan_change"

_S = SubscriptionStatus
MEMBERSHIP_LIFE = Lifecycle(
    {
        (None, _S.PENDING): "asked for, first month being charged",
        (_S.PENDING, _S.ACTIVE): "first month paid",
        (_S.PENDING, _S.ENDED): "never paid, given up, banned or closed",
        (_S.ACTIVE, _S.PAST_DUE): "month over, next one unpaid",
        (_S.ACTIVE, _S.CANCELLED): "cancelled, the paid time stays",
        (_S.ACTIVE, _S.ENDED): "banned or account closed",
        (_S.PAST_DUE, _S.ACTIVE): "paid in the days of grace",
        (_S.PAST_DUE, _S.ENDED): "grace over, cancelled, banned or closed",
        (_S.CANCELLED, _S.ACTIVE): "reactivated",
        (_S.CANCELLED, _S.ENDED): "paid time over, banned or closed",
        # Money that comes after the end buys a month that begins now (NA-23, NA-28).
        (_S.ENDED, _S.ACTIVE): "late money",
    }
)
# A client has at most one of these.
LIVE = frozenset(_S) - {_S.ENDED}
# In these the client is VIP: also in the days of grace.
BENEFITS = frozenset({_S.ACTIVE, _S.PAST_DUE, _S.CANCELLED})
# Those who did not pay may still do so, late; who left or was sent away has the money as credit.
RETURNS = frozenset({EndReason.NEVER_PAID, EndReason.UNPAID})


@dataclass(frozen=True, slots=True)
class Terms:
    """The owner's numbers (business-rules.md, VIP)."""

    days_before: int
    tries: int
    grace_days: int
    from_hour: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about a membership at a local moment.

    `paid_until` is the first day that is not paid for, `tries` how often the bank said no to the
    month that begins then. While `is_trying`, a charge is open and nobody knows what it comes to.
    """

    status: SubscriptionStatus
    paid_until: date
    tries: int
    last_try_on: date | None
    is_trying: bool


class Move(StrEnum):
    """What happens to a membership next."""

    WAIT = "wait"
    TRY = "try"
    PAST_DUE = "past_due"
    END = "end"


def next_move(standing: Standing, terms: Terms, *, at: datetime) -> Move:
    """What is due at the local moment `at`.

    Nothing is charged, and nobody sent away, while a charge is open. Tries are on different days,
    and a membership ends unpaid only after the bank has said no at least once: a gateway that was
    away all the time ends nothing (NA-24).
    """
    over = at.date() >= standing.paid_until
    if standing.status is _S.CANCELLED:
        return Move.END if over else Move.WAIT
    if standing.status is _S.ACTIVE and over:
        return Move.PAST_DUE
    if standing.status not in {_S.ACTIVE, _S.PAST_DUE} or standing.is_trying:
        return Move.WAIT
    grace_is_over = at.date() >= standing.paid_until + timedelta(days=terms.grace_days)
    if grace_is_over and standing.tries:
        return Move.END
    return Move.TRY if _may_try(standing, terms, at) else Move.WAIT


def _may_try(standing: Standing, terms: Terms, at: datetime) -> bool:
    return (
        standing.tries < terms.tries
        and at.date() >= standing.paid_until - timedelta(days=terms.days_before)
        and at.hour >= terms.from_hour
        and (standing.last_try_on is None or standing.last_try_on < at.date())
    )


def next_look(terms: Terms, *, at: datetime) -> datetime:
    """The next local moment at which something may be due: the hour of charges, or midnight."""
    hour = datetime.combine(at.date(), time(terms.from_hour), at.tzinfo)
    return hour if at < hour else datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)


def month_after(day: date, anchor_day: int) -> date:
    """The same day a month later, or that month's last: 31 Jan, 28 Feb, 31 Mar."""
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(anchor_day, monthrange(first.year, first.month)[1]))


def prorated(amount: Decimal, currency: str, *, start: date, end: date, today: date) -> Decimal:
    """The part of `amount` for the days from `today` on, of those from `start` to before `end`."""
    left = min(max((end - today).days, 0), (end - start).days)
    return charged(amount * left / (end - start).days, currency)
