"""The life of a payment (FIN-03).

    pending ──► declined | error ──► expired ──► approved ──► voided
       └──────────────┴──────────────────┴─────► flagged

A lesser state never overwrites a greater one. Approval may still come after every ending but
`flagged`, which only a person lifts by having the gateway asked again, and `voided`.
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
    Status.PENDING: frozenset(Status) - {Status.PENDING, Status.VOIDED},
    Status.DECLINED: frozenset({Status.APPROVED, Status.EXPIRED, Status.FLAGGED}),
    Status.ERROR: frozenset({Status.APPROVED, Status.EXPIRED, Status.FLAGGED}),
    Status.EXPIRED: frozenset({Status.APPROVED, Status.FLAGGED}),
    Status.FLAGGED: frozenset(),
    Status.APPROVED: frozenset({Status.VOIDED}),
    Status.VOIDED: frozenset(),
}
# The gateway's own order for one transaction: what it has ended stays ended, but can be voided.
_ATTEMPT_RANK = {
    Status.PENDING: 0,
    Status.DECLINED: 1,
    Status.ERROR: 1,
    Status.APPROVED: 2,
    Status.VOIDED: 3,
}


def may_become(current: str, following: str) -> bool:
    """Whether a payment that is `current` may be `following` next."""
    return Status(following) in _NEXT[Status(current)]


def is_later_in_attempt(current: str, following: str) -> bool:
    """Whether `following` says more about one transaction than `current` did."""
    return _ATTEMPT_RANK[Status(following)] > _ATTEMPT_RANK[Status(current)]
