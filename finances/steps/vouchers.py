"""Vouchers: set aside for something, used with it or given back (SPA-13).

Whoever takes a use holds the voucher's row until commit, so its limits are counted one after the
other; reserve late in a use case, before credit.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import F, Q, QuerySet

from core.audit import record
from core.db import execute, fetch, requires_transaction
from core.rows import Columns
from finances import errors
from finances.domain.codes import canonical
from finances.domain.discounts import Beside, Discount, VoucherLine
from finances.models import Voucher, VoucherUse
from finances.models.credit import UseState
from finances.models.vouchers import alone
from finances.selectors.vouchers import (
    COUNTED,
    check_usable,
    discounts_of,
    has_use_left,
    list_seats,
)

USE = Columns(VoucherUse, "use")
# A plain statement: every visit that is given up asks, and hardly any has used a voucher.
LOCK_USES = f"""
SELECT {USE.sql} FROM finances_voucheruse AS use
 WHERE payable_id = ANY(%(payables)s) AND payable_kind = %(kind)s AND state = ANY(%(states)s)
 ORDER BY id
   FOR NO KEY UPDATE
"""  # noqa: S608 - our own column names
GIVE_BACK = """
WITH found AS (
    SELECT id FROM finances_voucher WHERE id = ANY(%(vouchers)s::uuid[])
     ORDER BY id FOR NO KEY UPDATE)
UPDATE finances_voucher AS voucher
   SET uses = voucher.uses - given.back
  FROM found, unnest(%(vouchers)s::uuid[], %(counts)s::int[]) AS given (voucher_id, back)
 WHERE voucher.id = found.id AND given.voucher_id = found.id
"""


@requires_transaction
def reserve_vouchers(
    *,
    codes: Collection[str],
    client_id: UUID,
    lines: Sequence[VoucherLine],
    currency: str,
    payable_kind: str,
    payable_id: UUID,
    beside: Beside,
    now: datetime,
) -> list[Discount]:
    """Set one use of each voucher aside for a thing; returns what each takes off each line.

    In the order in which they count: percentages first, then amounts, the larger first. A repeat
    for the same thing keeps its uses. Raises `VoucherUnknown`, `VoucherNotValidNow`,
    `VoucherUsedUp`, `VoucherLimitReached`, `VoucherNotForThis`, `VoucherSpendTooLittle`,
    `VoucherDoesNotCombine`.
    """
    vouchers = _lock(codes)
    kept = {use.voucher_id: use for use in _counted(payable_kind, [payable_id])}
    seats = {}
    for voucher in vouchers.values():
        if voucher.pk not in kept:
            seats[voucher.pk] = list_seats(voucher, client_id=client_id)
            check_usable(voucher, client_id=client_id, seats=seats[voucher.pk], now=now)
    found = discounts_of(vouchers.values(), lines, currency=currency, beside=beside)
    free = (place for place in count() if place not in {use.slots.lower for use in kept.values()})
    for discount in found:
        use = kept.get(discount.voucher_id)
        if use is not None:
            VoucherUse.objects.filter(pk=use.pk).update(amount=discount.total)
            continue
        voucher = vouchers[discount.voucher_id]
        use = VoucherUse(
            client_id=client_id,
            payable_kind=payable_kind,
            payable_id=payable_id,
            amount=discount.total,
            currency=currency,
            slots=_slots(voucher, next(free)),
        )
        _reserve(voucher, use, seats[voucher.pk], now=now)
    return found


@requires_transaction
def reserve_vouchers_again(*, payable_kind: str, payable_id: UUID, now: datetime) -> bool:
    """Set the uses aside once more that a thing gave back; says whether it has what it needs.

    All or none. What they take off was agreed on then, so only their limits count, and whether they
    are still active. A thing that used none has all it needs.
    """
    if _counted(payable_kind, [payable_id]).exists():
        return True
    given_back = VoucherUse.objects.filter(payable_kind=payable_kind, payable_id=payable_id)
    newest = given_back.order_by("-ended_at").values_list("ended_at", flat=True).first()
    last = {use.voucher_id: use for use in given_back.filter(ended_at=newest)}
    locked = Voucher.objects.filter(pk__in=last).order_by("pk").select_for_update(no_key=True)
    vouchers = list(locked)
    seats = {
        voucher.pk: list_seats(voucher, client_id=last[voucher.pk].client_id)
        for voucher in vouchers
    }
    if not all(one.is_active and has_use_left(one, seats=seats[one.pk]) for one in vouchers):
        return False
    for voucher in vouchers:
        before = last[voucher.pk]
        use = VoucherUse(
            client_id=before.client_id,
            payable_kind=payable_kind,
            payable_id=payable_id,
            amount=before.amount,
            currency=before.currency,
            slots=before.slots,
        )
        _reserve(voucher, use, seats[voucher.pk], now=now)
    return True


@requires_transaction
def use_vouchers(*, payable_kind: str, payable_ids: Collection[UUID], now: datetime) -> None:
    """What these things had set aside is used now, and audited. A repeat does nothing."""
    uses = _lock_uses(payable_kind, payable_ids, states=[UseState.RESERVED])
    _end(uses, UseState.USED, now=now)
    _audit("used", uses, now=now)


@requires_transaction
def release_vouchers(*, payable_kind: str, payable_ids: Collection[UUID], now: datetime) -> None:
    """Give the uses of these things back, used ones too: they count no more. A repeat does nothing.

    Giving back what was used is audited.
    """
    uses = _lock_uses(payable_kind, payable_ids, states=COUNTED)
    if not uses:
        return
    used = [use for use in uses if use.state == UseState.USED]
    _end(uses, UseState.RELEASED, now=now)
    back = Counter(use.voucher_id for use in uses)
    execute(GIVE_BACK, {"vouchers": list(back.keys()), "counts": list(back.values())})
    _audit("given_back", used, now=now)


def _lock(codes: Collection[str]) -> dict[UUID, Voucher]:
    """All of them, locked in one order: who wants the same ones waits, and not in a circle."""
    wanted = {canonical(code) for code in codes}
    found = Voucher.objects.filter(canonical__in=wanted).order_by("pk")
    vouchers = {voucher.pk: voucher for voucher in found.select_for_update(no_key=True)}
    if len(vouchers) < len(wanted):
        raise errors.VoucherUnknown
    return vouchers


def _slots(voucher: Voucher, place: int) -> NumericRange:
    """Its own place, or all places: the database lets no other beside one that is alone."""
    return NumericRange(place, place + 1) if voucher.combines_with_vouchers else alone()


def _reserve(
    voucher: Voucher, use: VoucherUse, seats: Collection[int | None], *, now: datetime
) -> None:
    _take(voucher)
    use.voucher = voucher
    use.seat = _free_seat(voucher, seats)
    use.reserved_at = now
    use.save(force_insert=True)


def _take(voucher: Voucher) -> None:
    """One use more, if its limit allows; the row's constraint says so too."""
    is_left = Q(total_limit=None) | Q(uses__lt=F("total_limit"))
    if not Voucher.objects.filter(is_left, pk=voucher.pk).update(uses=F("uses") + 1):
        raise errors.VoucherUsedUp


def _free_seat(voucher: Voucher, seats: Collection[int | None]) -> int | None:
    """The first seat nobody of the person's uses has: no two that count may share one."""
    if voucher.per_person_limit is None:
        return None
    return next(seat for seat in count(1) if seat not in seats)


def _counted(payable_kind: str, payable_ids: Collection[UUID]) -> QuerySet[VoucherUse]:
    return VoucherUse.objects.filter(
        payable_kind=payable_kind, payable_id__in=payable_ids, state__in=COUNTED
    )


def _lock_uses(
    payable_kind: str, payable_ids: Collection[UUID], *, states: Collection[UseState]
) -> list[VoucherUse]:
    values = {"kind": payable_kind, "payables": list(payable_ids), "states": list(states)}
    return [USE.read(row) for row in fetch(LOCK_USES, values)]


def _end(uses: Collection[VoucherUse], state: UseState, *, now: datetime) -> None:
    if uses:
        VoucherUse.objects.filter(pk__in=[use.pk for use in uses]).update(
            state=state, ended_at=now, updated_at=now
        )


def _audit(what: str, uses: Collection[VoucherUse], *, now: datetime) -> None:
    for use in uses:
        record(
            action=f"finances.voucher.{what}",
            subject_kind="finances.voucher",
            subject_id=use.voucher_id,
            actor_id=use.client_id,
            now=now,
            facts={
                "payable_kind": use.payable_kind,
                "payable_id": str(use.payable_id),
                "amount": str(use.amount),
                "currency": use.currency,
            },
        )
