"""A charge: an attempt to pay that we start ourselves by the gateway's API (FIN-01).

    sending ──► sent ─────────────► ended      what the gateway made of it settles the payment
       │ └────► refused | lost
       └──────► unknown ──► found ──► ended
                     └────► lost

`unknown` is an answer that never came: it is looked up by our reference, and never sent again.
`lost` means that the gateway knows nothing of it. Whatever it was, `ended` may follow: what the
gateway has in its books counts, however late we hear of it (NA-24).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from finances.domain.means import Method, Spent


class ChargeStatus(StrEnum):
    """Where a charge stands; the values are the API's."""

    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FOUND = "found"
    ENDED = "ended"
    REFUSED = "refused"
    LOST = "lost"


# Nobody may start another: this one may still take the money.
OPEN = frozenset(
    {ChargeStatus.SENDING, ChargeStatus.SENT, ChargeStatus.UNKNOWN, ChargeStatus.FOUND}
)
# Nobody knows yet whether the gateway took it.
UNRESOLVED = frozenset({ChargeStatus.SENDING, ChargeStatus.UNKNOWN})
# What the gateway surely has, and has not ended as far as we know.
AT_GATEWAY = frozenset({ChargeStatus.SENT, ChargeStatus.FOUND})

# A sender that is later than this does not send any more, and one that has not answered by the
# lease has died: a call takes at most its two time-outs.
SEND_WITHIN = timedelta(seconds=15)
LEASE = timedelta(seconds=45)
# Ages at which an unresolved charge is looked up; then in the last one's rhythm.
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (10, 20, 45, 90, 180, 300))
# Whoever needs more tries guesses cards.
MOST_CHARGES = 10


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as far as the gateway wants to know."""

    email: str = field(repr=False)
    full_name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """All that the gateway is told.

    `spent.token` is the card's, or the gateway's own number of a source. `is_recurrent`: the payer
    is not there.
    """

    reference: str
    amount: Decimal
    currency: str
    description: str
    expires_at: datetime
    return_url: str
    payer: Payer
    method: Method
    details: Mapping[str, Any] = field(repr=False)
    spent: Spent = field(repr=False)
    is_recurrent: bool


class Step(StrEnum):
    """What the payer does next; the values are the API's."""

    REDIRECT = "redirect"
    QR = "qr"
    CASH = "cash"
    APPROVE = "approve"
    CHALLENGE = "challenge"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the payer does next, and what for."""

    kind: Step
    url: str = ""
    qr_image: str = ""
    agreement_code: str = ""
    payment_code: str = ""
    html: str = ""
    three_ds: str = ""


def next_look_after(age: timedelta) -> timedelta:
    """How old an unresolved charge of this age is when it is looked up next."""
    later = (look for look in LOOKS if look > age)
    return next(later, age + LOOKS[-1] - LOOKS[-2])


def is_lost(age: timedelta, *, after: timedelta) -> bool:
    """Whether a charge that the gateway does not know at this age will never be known."""
    return age >= after
