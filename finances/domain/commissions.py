"""What the developer of the platform earns: a share of the money of each local day (FIN-07)."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from core.money import ZERO
from finances.domain.accounts import Account

# Whose money it is; a payee and commissions carry it as they carry a staff member's.
DEVELOPER = UUID("5a5d7c1e-0000-7000-8000-00000000d0e5")

# Where money of clients comes in and goes out, and what part of it never was the studio's.
TILLS = (
    Account.GATEWAY_CLEARING,
    Account.CASH,
    Account.CARD_TERMINAL,
    Account.BANK_TRANSFERS,
    Account.BANK,
    Account.TIPS_PAYABLE,
)
# Movements by which money of clients comes and goes back. Moving it on (from the gateway to the
# bank, from the till to the safe) is none, nor is a tip.
CLIENTS_MONEY = (
    "deposit_received",
    "payment_received",
    "credit_received",
    "paid_in_person",
    "payment_voided",
    "refund_paid",
)
# How far back a day that has its row is looked at for money that was booked late.
LOOK_BACK = timedelta(days=31)


def days_to_book(
    received: Mapping[date, Decimal], booked: Mapping[date, Decimal], *, until: date
) -> list[tuple[date, Decimal]]:
    """The days up to `until` that have no row yet, with what each counts.

    What came late into a day that has its row counts with the next one that has none. A day that
    gave more back than it took is negative.
    """
    late = sum((received.get(day, ZERO) - base for day, base in booked.items()), ZERO)
    found = []
    for day in sorted(day for day in received if day not in booked and day <= until):
        base, late = received[day] + late, ZERO
        if base:
            found.append((day, base))
    return found
