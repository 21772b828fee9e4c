"""Client credit: given, reserved for something, spent on it or given back (FIN-05, NA-21).

Locks: the client's person first (the caller's), then vouchers, then lots in the order of their ids.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum

from core.db import execute, fetch, requires_transaction
from core.money import ZERO, as_amount
from core.rows import Columns
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.domain.credit import Available, spread
from finances.models import CreditLot, CreditUse
from finances.models.credit import UseState
from finances.models.ledger import MovementKind
from finances.steps.ledger import Movement, post, post_once
from finances.steps.lots import NewLot, write_lots

USE = Columns(CreditUse, "use", lot=Columns(CreditLot, "lot"))
# A plain statement: every visit that is given up asks, and hardly any has credit set aside.
LOCK_RESERVED = f"""
SELECT {USE.sql}
  FROM finances_credituse AS use
  JOIN finances_creditlot AS lot ON lot.id = use.lot_id
 WHERE use.payable_id = ANY(%(payables)s) AND use.payable_kind = %(kind)s
   AND use.state = 'reserved'
 ORDER BY use.lot_id, use.id
   FOR NO KEY UPDATE
"""  # noqa: S608 - our own column names
CHANGE = """
UPDATE finances_creditlot AS lot
   SET remaining = lot.remaining + part.remaining, reserved = lot.reserved + part.reserved,
       updated_at = %(now)s
  FROM unnest(%(lots)s::uuid[], %(remaining)s::numeric[], %(reserved)s::numeric[])
    AS part (lot_id, remaining, reserved)
 WHERE lot.id = part.lot_id
"""


@requires_transaction
def issue_credit(
    *,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    source: Account,
    cause_kind: str,
    cause_id: UUID,
    reason: str,
    now: datetime,
    valid_days: int | None = None,
) -> CreditLot:
    """Give the client credit out of `source`, once per cause; a repeat finds the same lot.

    `reason` completes, in Spanish and for the person, where it comes from. Raises `ValueError` for
    an amount that is none, and when the cause gave other credit before.
    """
    if as_amount(amount) <= 0:
        raise ValueError(f"{amount} is no credit")
    sides = move(
        amount=amount,
        currency=currency,
        debit=source,
        credit=Account.CLIENT_CREDIT,
        party=client_id,
    )
    movement = Movement(MovementKind.CREDIT_ISSUED, sides, cause_kind=cause_kind, cause_id=cause_id)
    if post_once(movement, now=now):
        lot = NewLot(client_id, amount, currency, cause_kind, cause_id, reason)
        return write_lots([lot], now=now, valid_days=valid_days)[0]
    return CreditLot.objects.get(cause_kind=cause_kind, cause_id=cause_id)


@requires_transaction
def reserve_credit(
    *,
    client_id: UUID,
    up_to: Decimal,
    currency: str,
    payable_kind: str,
    payable_id: UUID,
    now: datetime,
    first: Collection[UUID] = (),
) -> Decimal:
    """Set the client's credit aside for one thing, oldest expiry first; returns how much there is.

    Never more than `up_to`, which counts what is reserved for it already: a repeat takes nothing
    more. Credit that was given because of one of the causes `first` goes before all other. The
    caller holds `lock_person`.
    """
    kept = _reserved_for(payable_kind, [payable_id]).aggregate(sum=Sum("amount"))["sum"] or ZERO
    lots = (
        CreditLot.objects.filter(
            client_id=client_id, currency=currency, remaining__gt=0, expires_at__gt=now
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    found = [Available(lot.pk, lot.remaining, lot.expires_at) for lot in lots]
    before = {lot.pk for lot in lots if lot.cause_id in first}
    parts = spread(found, up_to=as_amount(up_to) - kept, first=before)
    if parts:
        _change_lots([(lot_id, -amount, amount) for lot_id, amount in parts], now=now)
        CreditUse.objects.bulk_create(
            CreditUse(
                lot_id=lot_id,
                payable_kind=payable_kind,
                payable_id=payable_id,
                amount=amount,
                reserved_at=now,
            )
            for lot_id, amount in parts
        )
    return kept + sum((amount for _, amount in parts), ZERO)


@requires_transaction
def use_credit(
    *,
    payable_kind: str,
    payable_ids: Collection[UUID],
    now: datetime,
    into: Account = Account.DEPOSITS_HELD,
    movement: MovementKind = MovementKind.CREDIT_USED,
) -> dict[UUID, Decimal]:
    """Pay with what is reserved for these things; returns how much paid for each of them.

    The money moves from the client's credit `into` what it pays, as a `movement` of that kind. What
    was paid or given back before is left alone: a repeat does nothing.
    """
    uses = _end(payable_kind, payable_ids, UseState.USED, now=now)
    movements = [
        Movement(
            movement,
            move(
                amount=use.amount,
                currency=use.lot.currency,
                debit=Account.CLIENT_CREDIT,
                credit=into,
                party=use.lot.client_id,
            ),
            cause_kind=Cause.CREDIT_USE,
            cause_id=use.pk,
        )
        for use in uses
    ]
    if movements:
        post(movements, now=now)
    return _by_payable(uses)


@requires_transaction
def release_credit(
    *, payable_kind: str, payable_ids: Collection[UUID], now: datetime
) -> dict[UUID, Decimal]:
    """Give back what is reserved for these things; returns how much of each.

    What has been paid with stays paid. A repeat does nothing.
    """
    return _by_payable(_end(payable_kind, payable_ids, UseState.RELEASED, now=now))


def _end(
    payable_kind: str, payable_ids: Collection[UUID], state: UseState, *, now: datetime
) -> list[CreditUse]:
    """End the reservations of these things; locks uses and lots, each in the order of their ids."""
    values = {"kind": payable_kind, "payables": list(payable_ids)}
    uses = [USE.read(row) for row in fetch(LOCK_RESERVED, values)]
    if uses:
        parts = _totals((use.lot_id, use.amount) for use in uses)
        is_back = state == UseState.RELEASED
        _change_lots(
            [(lot_id, total if is_back else ZERO, -total) for lot_id, total in parts.items()],
            now=now,
        )
        CreditUse.objects.filter(pk__in=[use.pk for use in uses]).update(
            state=state, ended_at=now, updated_at=now
        )
    return uses


def _reserved_for(payable_kind: str, payable_ids: Collection[UUID]) -> QuerySet[CreditUse]:
    return CreditUse.objects.filter(
        payable_kind=payable_kind, payable_id__in=payable_ids, state=UseState.RESERVED
    )


def _change_lots(changes: Iterable[tuple[UUID, Decimal, Decimal]], *, now: datetime) -> None:
    """Add to what each lot has remaining and reserved.

    The lots are locked; what would make one negative, its constraint refuses.
    """
    lots, remaining, reserved = map(list, zip(*changes, strict=True))
    execute(CHANGE, {"lots": lots, "remaining": remaining, "reserved": reserved, "now": now})


def _totals(parts: Iterable[tuple[UUID, Decimal]]) -> dict[UUID, Decimal]:
    totals: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for key, amount in parts:
        totals[key] += amount
    return dict(totals)


def _by_payable(uses: Iterable[CreditUse]) -> dict[UUID, Decimal]:
    return _totals((use.payable_id, use.amount) for use in uses)
