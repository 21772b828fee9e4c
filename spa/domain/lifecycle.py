"""The life of a visit: every transition that exists, in one table (SPA-06)."""

from enum import StrEnum


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
START = (_S.PENDING_PAYMENT, _S.CONFIRMED)
TRANSITIONS: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    _S.PENDING_PAYMENT: frozenset({_S.CONFIRMED, _S.EXPIRED, _S.CANCELLED}),
    # Money that comes late brings a visit back, if its time is still free (SPA-07); the first money
    # of a series also brings back visits whose own deposit is due later (SPA-20).
    _S.EXPIRED: frozenset({_S.CONFIRMED, _S.PENDING_PAYMENT}),
    _S.CONFIRMED: frozenset({_S.CHECKED_IN, _S.COMPLETED, _S.CANCELLED, _S.NO_SHOW}),
    # The desk takes back what it pressed by mistake.
    _S.CHECKED_IN: frozenset({_S.COMPLETED, _S.CONFIRMED, _S.NO_SHOW}),
    _S.NO_SHOW: frozenset({_S.CHECKED_IN}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
}
# Visits whose deposit is still to come: money makes them certain, if their time can be had.
HOLDS = frozenset({_S.PENDING_PAYMENT, _S.EXPIRED})
# Visits somebody has still before them: what a ban takes away.
AHEAD = frozenset({_S.PENDING_PAYMENT, _S.CONFIRMED})
# Visits whose time is theirs: they may still happen, or are happening.
STANDING = frozenset({_S.PENDING_PAYMENT, _S.CONFIRMED, _S.CHECKED_IN})
# Visits that nothing more happens to by itself.
OVER = frozenset(_S) - STANDING


def is_allowed(current: AppointmentStatus, target: AppointmentStatus) -> bool:
    """Whether a visit may go from `current` to `target`."""
    return target in TRANSITIONS[current]
