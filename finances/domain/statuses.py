"""The life of a payment (FIN-03).

    pending ──► declined | error ──► expired ──► approved ──► voided
       └──────────────┴──────────────────┴─────► flagged

A lesser state never overwrites a greater one. Approval may still come after every ending but
`flagged` (only a person who had the gateway asked again lifts that) and `voided`.
"""

from enum import StrEnum


class Status(StrEnum):
    """Where a payment, or one attempt at it, stands; the values are the API's."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    VOIDED = "voided"
    ERROR = "error"
    EXPIRED = "expired"
    FLAGGED = "flagged"


# What may still be paid: the money may come, whatever we think of the time (NA-23, NA-24).
UNSETTLED = frozenset({Status.PENDING, Status.DECLINED, Status.ERROR, Status.EXPIRED})
# What the payer can still use the checkout for: Wompi lets another method try the same reference.
PAYABLE = frozenset({Status.PENDING, Status.DECLINED, Status.ERROR})

_NEXT: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset(Status) - {Status.PENDING},
    Status.DECLINED: frozenset({Status.APPROVED, Status.EXPIRED, Status.FLAGGED}),
    Status.ERROR: frozenset({Status.APPROVED, Status.EXPIRED, Status.FLAGGED}),
    Status.EXPIRED: frozenset({Status.APPROVED, Status.FLAGGED}),
    Status.FLAGGED: frozenset(),
    Status.APPROVED: frozenset({Status.VOIDED}),
    Status.VOIDED: frozenset(),
}


def may_become(current: str, following: str) -> bool:
    """Whether a payment that is `current` may be `following` next."""
    return Status(following) in _NEXT[Status(current)]
