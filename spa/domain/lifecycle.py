"""The life of a visit: every transition that exists, in one table (SPA-06)."""

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """Where a visit stands."""

    PENDING_PAYMENT = "pending_payment"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"


START = (AppointmentStatus.PENDING_PAYMENT, AppointmentStatus.CONFIRMED)
TRANSITIONS: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.PENDING_PAYMENT: frozenset(
        {AppointmentStatus.CONFIRMED, AppointmentStatus.EXPIRED}
    ),
    # Money that comes late brings a visit back, if its time is still free (SPA-07).
    AppointmentStatus.EXPIRED: frozenset({AppointmentStatus.CONFIRMED}),
    AppointmentStatus.CONFIRMED: frozenset(),
}


def is_allowed(current: AppointmentStatus, target: AppointmentStatus) -> bool:
    """Whether a visit may go from `current` to `target`."""
    return target in TRANSITIONS[current]
