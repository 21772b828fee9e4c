"""The life of a visit: every transition that exists, in one table (SPA-06)."""

from enum import StrEnum

from core.lifecycles import Lifecycle


class AppointmentStatus(StrEnum):
    """Where a visit stands."""

    PENDING_PAYMENT = "pending_payment"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


# What other apps call a visit: payments, credit, vouchers, packages and time point at it by this.
VISIT = "spa.appointment"

_S = AppointmentStatus
VISIT_LIFE = Lifecycle(
    {
        (None, _S.PENDING_PAYMENT): "a deposit is owed",
        (None, _S.CONFIRMED): "nothing to pay",
        (_S.PENDING_PAYMENT, _S.CONFIRMED): "deposit paid",
        (_S.PENDING_PAYMENT, _S.EXPIRED): "unpaid in time",
        (_S.PENDING_PAYMENT, _S.CANCELLED): "given up",
        # Money that comes late brings a visit back, if its time is still free (SPA-07); the first
        # money of a series also brings back visits whose own deposit is due later (SPA-20).
        (_S.EXPIRED, _S.CONFIRMED): "late payment, time still free",
        (_S.EXPIRED, _S.PENDING_PAYMENT): "series paid late, deposit due later",
        (_S.CONFIRMED, _S.CHECKED_IN): "arrives",
        (_S.CONFIRMED, _S.COMPLETED): "served",
        (_S.CONFIRMED, _S.CANCELLED): "cancelled",
        (_S.CONFIRMED, _S.NO_SHOW): "never came",
        (_S.CHECKED_IN, _S.COMPLETED): "served",
        # The desk takes back what it pressed by mistake.
        (_S.CHECKED_IN, _S.CONFIRMED): "desk takes it back",
        (_S.CHECKED_IN, _S.NO_SHOW): "desk takes it back",
        (_S.NO_SHOW, _S.CHECKED_IN): "came after all",
    }
)
# Visits whose deposit is still to come: money makes them certain, if their time can be had.
HOLDS = frozenset({_S.PENDING_PAYMENT, _S.EXPIRED})
# Visits somebody has still before them: what a ban takes away.
AHEAD = frozenset({_S.PENDING_PAYMENT, _S.CONFIRMED})
# Visits whose time is theirs: they may still happen, or are happening.
STANDING = frozenset({_S.PENDING_PAYMENT, _S.CONFIRMED, _S.CHECKED_IN})
# Visits that are paid for: money is asked for no others.
OWING = STANDING | {_S.COMPLETED}
# Visits that nothing more happens to by itself.
OVER = frozenset(_S) - STANDING
