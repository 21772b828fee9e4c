"""Money taken in person (NA-28)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core.db import requires_transaction
from core.money import ZERO, charged
from finances import errors, metrics
from finances.domain.accounts import LIABILITY_OF_KIND, Account, Side
from finances.domain.causes import Cause
from finances.models import CounterPayment, CounterTip
from finances.models.counter import CounterMethod
from finances.models.ledger import MovementKind
from finances.models.payments import PaymentKind
from finances.steps.cash import find_till
from finances.steps.ledger import Movement, post

TILL = {
    CounterMethod.CASH: Account.CASH,
    CounterMethod.CARD: Account.CARD_TERMINAL,
    CounterMethod.TRANSFER: Account.BANK_TRANSFERS,
}


@requires_transaction
def take_in_person(
    *,
    payable_kind: str,
    payable_id: UUID,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    method: str,
    tip: Decimal,
    tip_party: UUID | None,
    actor_id: UUID,
    cause_id: UUID,
    now: datetime,
    kind: str = PaymentKind.BALANCE,
    location_id: UUID | None = None,
    tip_shares: Mapping[UUID, Decimal] | None = None,
) -> CounterPayment:
    """Take what a client pays at the counter, and the tip that comes with it, once per `cause_id`.

    The amount is held for the client under the account of `kind`; the tip is owed to `tip_party`,
    or to several as `tip_shares` says, to the peso. Cash goes into the open shift of the place. How
    much may be paid for the thing is the caller's to say. Raises `CounterMethodUnknown`,
    `CounterAmountWrong`, `TipForNobody`, `TipSharedUnevenly`, `CashShiftNeeded`; `ValueError` when
    the cause took other money before.
    """
    shares = dict(tip_shares or {})
    if method not in TILL:
        raise errors.CounterMethodUnknown(methods=", ".join(CounterMethod.values))
    if min(amount, tip) < 0 or amount + tip == 0 or not _is_charged(amount, tip, currency):
        raise errors.CounterAmountWrong
    _refuse_uneven(shares, tip, currency)
    if tip and tip_party is None and not shares:
        raise errors.TipForNobody
    wanted = {
        "kind": kind,
        "payable_kind": payable_kind,
        "payable_id": payable_id,
        "client_id": client_id,
        "amount": amount,
        "tip": tip,
        "tip_party": tip_party if tip and not shares else None,
        "is_tip_shared": bool(shares),
        "currency": currency,
        "method": method,
        "location_id": location_id,
    }
    how = {"taken_by_id": actor_id, "taken_at": now, "shift_id": _shift(method, location_id)}
    payment, is_new = CounterPayment.objects.get_or_create(
        cause_id=cause_id, defaults={**wanted, **how}
    )
    if is_new:
        _share(payment, shares)
        post([_movement(payment, shares)], now=now)
        transaction.on_commit(metrics.TAKEN_IN_PERSON.labels(method=method).inc)
    elif _is_other(payment, wanted, shares):
        raise ValueError(f"{cause_id} has taken other money before")
    return payment


def _refuse_uneven(shares: Mapping[UUID, Decimal], tip: Decimal, currency: str) -> None:
    """Parts of a tip are money that can be paid, and all of them are the tip."""
    is_odd = any(part <= 0 or charged(part, currency) != part for part in shares.values())
    if shares and (is_odd or sum(shares.values()) != tip):
        raise errors.TipSharedUnevenly(tip=f"{tip:.2f}", currency=currency)


def _share(payment: CounterPayment, shares: Mapping[UUID, Decimal]) -> None:
    parts = [
        CounterTip(payment=payment, party=party, amount=part) for party, part in shares.items()
    ]
    if parts:
        CounterTip.objects.bulk_create(parts)


def _is_other(
    payment: CounterPayment, wanted: Mapping[str, Any], shares: Mapping[UUID, Decimal]
) -> bool:
    if any(getattr(payment, name) != value for name, value in wanted.items()):
        return True
    return bool(shares) and dict(payment.tips.values_list("party", "amount")) != shares


def _shift(method: str, location_id: UUID | None) -> Callable[[], UUID | None]:
    """Asked only for what is new: a repeat may come after the shift that took it."""
    return lambda: find_till(location_id) if method == CounterMethod.CASH else None


def _is_charged(amount: Decimal, tip: Decimal, currency: str) -> bool:
    """Whether both can be paid in the coins there are."""
    return all(charged(part, currency) == part for part in (amount, tip))


def _movement(payment: CounterPayment, shares: Mapping[UUID, Decimal]) -> Movement:
    till = TILL[CounterMethod(payment.method)]
    held = LIABILITY_OF_KIND[payment.kind]
    tips: list[tuple[UUID | None, Decimal]] = [*shares.items()]
    sides = [
        Side(till, payment.amount + payment.tip, payment.currency),
        Side(held, -payment.amount, payment.currency, payment.client_id),
        *(
            Side(Account.TIPS_PAYABLE, -part, payment.currency, party)
            for party, part in tips or [(payment.tip_party, payment.tip)]
        ),
    ]
    return Movement(
        MovementKind.PAID_IN_PERSON,
        [side for side in sides if side.amount != ZERO],
        cause_kind=Cause.COUNTER_PAYMENT,
        cause_id=payment.pk,
    )
