"""Shifts of a till: opened with a float, moved in and out of, closed by a blind count (FIN-12)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from core.audit import record
from core.db import on_violation
from core.models import Location
from core.money import ZERO, charged
from core.use_cases import use_case
from finances import errors
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.models import CashMovement, CashShift, CounterPayment
from finances.models.cash import ONE_OPEN, CashMovementKind
from finances.models.counter import CounterMethod
from finances.models.ledger import MovementKind
from finances.steps.cash import hold_drawer
from finances.steps.ledger import Movement, post

# Which way cash goes, and where it comes from or goes to.
WAYS = {
    CashMovementKind.TO_BANK: (-1, Account.BANK),
    CashMovementKind.FROM_BANK: (1, Account.BANK),
    CashMovementKind.EXPENSE: (-1, Account.PETTY_EXPENSES),
}


@use_case
def open_shift(
    *, location_id: UUID, opening_float: Decimal, actor_id: UUID, now: datetime
) -> CashShift:
    """Open the till of a place with what is counted in its drawer.

    What differs from what the shift before left, and came in since, is booked as a difference; the
    first float of a place comes from the bank. Raises `CashLocationUnknown`, `CashAmountWrong`,
    `CashShiftOpenAlready`.
    """
    location = Location.objects.filter(pk=location_id).first()
    if location is None:
        raise errors.CashLocationUnknown
    _refuse_uncountable(opening_float, location.currency)
    hold_drawer(location.pk)
    outside = _total(location.currency, location=location, method=CounterMethod.CASH, shift=None)
    last = CashShift.objects.filter(location=location).order_by("-opened_at", "-pk").first()
    shift = CashShift(
        location=location,
        currency=location.currency,
        opening_float=opening_float,
        left_before=_left_by(last, outside) if last else None,
        outside_shifts=outside,
        opened_by_id=actor_id,
        opened_at=now,
    )
    with on_violation(ONE_OPEN, errors.CashShiftOpenAlready()):
        shift.save(force_insert=True)
    _book_opening(shift, now)
    _audit("opened", shift, actor_id, now, {"float": str(opening_float)})
    return shift


def _left_by(last: CashShift, outside: Decimal) -> Decimal:
    """What should be there: what was counted then, and what was taken while no shift was open."""
    return (last.counted or ZERO) + outside - last.outside_shifts


def _book_opening(shift: CashShift, now: datetime) -> None:
    if shift.left_before is None:
        kind, source, amount = MovementKind.CASH_MOVED, Account.BANK, shift.opening_float
    else:
        kind, source = MovementKind.CASH_COUNTED, Account.CASH_DIFFERENCES
        amount = shift.opening_float - shift.left_before
    _book(shift, amount, source, kind, Cause.CASH_SHIFT_OPENED, shift.pk, now)


@use_case
def move_cash(
    *,
    shift_id: UUID,
    kind: str,
    amount: Decimal,
    reason: str,
    actor_id: UUID,
    cause_id: UUID,
    now: datetime,
) -> CashShift:
    """Put cash into an open drawer or take it out, for a reason, once per `cause_id`; audited.

    Nobody is told whether the drawer should have as much: that would say what to count. Raises
    `CashShiftUnknown`, `CashShiftClosed`, `CashAmountWrong`.
    """
    shift = _lock_open(shift_id)
    if CashMovement.objects.filter(cause_id=cause_id).exists():
        return shift
    _refuse_uncountable(amount, shift.currency)
    if amount == 0:
        raise errors.CashAmountWrong
    side, account = WAYS[CashMovementKind(kind)]
    movement = CashMovement.objects.create(
        shift=shift,
        kind=kind,
        amount=side * amount,
        reason=reason,
        made_by_id=actor_id,
        made_at=now,
        cause_id=cause_id,
    )
    cause = Cause.CASH_MOVEMENT
    _book(shift, movement.amount, account, MovementKind.CASH_MOVED, cause, movement.pk, now)
    _audit("moved", shift, actor_id, now, {"kind": kind, "amount": str(amount), "reason": reason})
    return shift


@use_case
def close_shift(
    *, shift_id: UUID, counted: Decimal, note: str, actor_id: UUID, now: datetime
) -> CashShift:
    """End a shift by what was counted; only now is it said what should have been there; audited.

    The difference is booked. Raises `CashShiftUnknown`, `CashShiftClosed`, `CashAmountWrong`.
    """
    shift = _lock_open(shift_id)
    _refuse_uncountable(counted, shift.currency)
    moved = CashMovement.objects.filter(shift=shift).aggregate(total=Sum("amount"))["total"]
    taken = _total(shift.currency, shift=shift)
    shift.expected = shift.opening_float + taken + (moved or ZERO)
    shift.counted, shift.note = counted, note
    shift.closed_by_id, shift.closed_at = actor_id, max(now, shift.opened_at)
    shift.save()
    difference, account = counted - shift.expected, Account.CASH_DIFFERENCES
    cause = Cause.CASH_SHIFT_CLOSED
    _book(shift, difference, account, MovementKind.CASH_COUNTED, cause, shift.pk, now)
    facts = {"counted": str(counted), "expected": str(shift.expected), "note": note}
    _audit("closed", shift, actor_id, now, facts)
    shift.refresh_from_db(fields=["difference"])
    return shift


def _lock_open(shift_id: UUID) -> CashShift:
    """The shift, held alone: whoever is putting cash into it has committed."""
    shift = CashShift.objects.select_for_update(no_key=True).filter(pk=shift_id).first()
    if shift is None:
        raise errors.CashShiftUnknown
    if shift.closed_at is not None:
        raise errors.CashShiftClosed
    return shift


def _total(currency: str, **where: Any) -> Decimal:
    """What was paid there; coins of elsewhere lie beside those that are counted."""
    payments = CounterPayment.objects.filter(currency=currency, **where)
    found: Decimal | None = payments.aggregate(total=Sum(F("amount") + F("tip")))["total"]
    return found or ZERO


def _refuse_uncountable(amount: Decimal, currency: str) -> None:
    if amount < 0 or charged(amount, currency) != amount:
        raise errors.CashAmountWrong


def _book(
    shift: CashShift,
    amount: Decimal,
    account: Account,
    kind: MovementKind,
    cause_kind: Cause,
    cause_id: UUID,
    now: datetime,
) -> None:
    """Cash that is more (positive) or less than before, against `account`."""
    if amount:
        currency = shift.currency
        sides = move(
            amount=amount, currency=currency, debit=Account.CASH, credit=account, party=None
        )
        post([Movement(kind, sides, cause_kind=cause_kind, cause_id=cause_id)], now=now)


def _audit(
    what: str, shift: CashShift, actor_id: UUID, now: datetime, facts: dict[str, str]
) -> None:
    record(
        action=f"finances.cash_shift.{what}",
        subject_kind="finances.cash_shift",
        subject_id=shift.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
