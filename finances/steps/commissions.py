"""Commissions are earned once per cause, and taken back once (FIN-07)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.db import requires_transaction
from core.money import ZERO, as_amount, share_of
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.models import Commission
from finances.models.ledger import MovementKind
from finances.steps.ledger import Movement, post


@requires_transaction
def earn_commission(
    *,
    party: UUID,
    base: Decimal,
    percent: Decimal,
    currency: str,
    cause_kind: str,
    cause_id: UUID,
    description: str,
    now: datetime,
    day: date | None = None,
) -> Commission:
    """Owe `percent` of `base` to the party, rounded once, once per cause; a repeat finds the row.

    `day` is the local day it is for, today's if none is given. A share of nothing has a row too: it
    says that this cause has been counted. Raises `ValueError` when the cause earned something else
    before, and for a percentage that is none.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    wanted = {
        "base": as_amount(base),
        "percent": percent,
        "amount": share_of(base, percent, currency),
        "currency": currency,
    }
    commission, is_new = Commission.objects.get_or_create(
        party=party,
        cause_kind=cause_kind,
        cause_id=cause_id,
        reverses=None,
        defaults={
            **wanted,
            "description": description,
            "day": day or now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
            "earned_at": now,
        },
    )
    if is_new:
        _post(commission, MovementKind.COMMISSION_EARNED, now=now)
    elif any(getattr(commission, name) != value for name, value in wanted.items()):
        raise ValueError(f"{cause_kind} {cause_id} earned another commission before")
    return commission


@requires_transaction
def reverse_commission(commission: Commission, *, now: datetime) -> Commission:
    """Take back what was earned: a row of the opposite amount, which the next payout makes good.

    The database refuses a second one.
    """
    mirror = Commission.objects.create(
        party=commission.party,
        cause_kind=commission.cause_kind,
        cause_id=commission.cause_id,
        description=commission.description,
        base=-commission.base,
        percent=commission.percent,
        amount=-commission.amount,
        currency=commission.currency,
        day=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
        earned_at=now,
        reverses=commission,
    )
    _post(mirror, MovementKind.COMMISSION_REVERSED, now=now)
    return mirror


def _post(commission: Commission, kind: MovementKind, *, now: datetime) -> None:
    if commission.amount == ZERO:
        return
    sides = move(
        amount=commission.amount,
        currency=commission.currency,
        debit=Account.COMMISSIONS,
        credit=Account.COMMISSIONS_PAYABLE,
        party=commission.party,
    )
    post([Movement(kind, sides, cause_kind=Cause.COMMISSION, cause_id=commission.pk)], now=now)
