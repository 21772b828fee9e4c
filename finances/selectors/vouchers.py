"""Reading vouchers, and what one is worth to somebody (SPA-13)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finances import errors
from finances.domain.codes import canonical
from finances.domain.discounts import (
    Beside,
    Clash,
    Discount,
    Objection,
    Scope,
    VoucherKind,
    VoucherLine,
    VoucherTerms,
    clash_of,
    objection_to,
    objection_to_lines,
    order_of,
    stack,
)
from finances.models import Voucher, VoucherUse
from finances.models.credit import UseState

COUNTED = (UseState.RESERVED, UseState.USED)
CLASHES = {
    Clash.VOUCHERS: _("otros cupones"),
    Clash.VIP: _("el precio VIP"),
    Clash.CREDIT: _("saldo a favor"),
}


def get_usable_voucher(*, code: str, client_id: UUID, now: datetime) -> Voucher:
    """The voucher with this code, however it was typed, if the person can use it. Two queries.

    Raises `VoucherUnknown`, `VoucherNotValidNow`, `VoucherUsedUp`, `VoucherLimitReached`.
    """
    voucher = Voucher.objects.filter(canonical=canonical(code)).first()
    if voucher is None:
        raise errors.VoucherUnknown
    seats = list_seats(voucher, client_id=client_id)
    check_usable(voucher, client_id=client_id, seats=seats, now=now)
    return voucher


def quote_vouchers(
    *,
    codes: Collection[str],
    client_id: UUID,
    lines: Sequence[VoucherLine],
    currency: str,
    beside: Beside,
    now: datetime,
) -> list[Discount]:
    """What each voucher would take off these lines now; nothing is reserved. Two queries each.

    In the order in which they count. Raises what `reserve_vouchers` raises.
    """
    vouchers = [get_usable_voucher(code=code, client_id=client_id, now=now) for code in codes]
    return discounts_of(vouchers, lines, currency=currency, beside=beside)


def check_usable(
    voucher: Voucher, *, client_id: UUID, seats: Sequence[int | None], now: datetime
) -> None:
    """Raise a refusal unless this person, who has used it on these seats, can use it once more.

    Somebody else's is unknown to everybody but its owner.
    """
    if voucher.client_id not in {None, client_id}:
        raise errors.VoucherUnknown
    objection = objection_to(terms_of(voucher), now=now)
    if objection is Objection.INACTIVE:
        raise errors.VoucherUnknown
    if objection is not None:
        raise errors.VoucherNotValidNow
    if _is_used_up(voucher):
        raise errors.VoucherUsedUp
    if not has_use_left(voucher, seats=seats):
        raise errors.VoucherLimitReached(limit=voucher.per_person_limit)


def has_use_left(voucher: Voucher, *, seats: Sequence[int | None]) -> bool:
    """Whether its limits allow somebody who has used it on these seats one use more."""
    limit = voucher.per_person_limit
    return not _is_used_up(voucher) and (limit is None or len(seats) < limit)


def _is_used_up(voucher: Voucher) -> bool:
    return voucher.total_limit is not None and voucher.uses >= voucher.total_limit


def discounts_of(
    vouchers: Collection[Voucher],
    lines: Sequence[VoucherLine],
    *,
    currency: str,
    beside: Beside,
) -> list[Discount]:
    """What each takes off the lines, in the order in which they count; a repeated one counts once.

    Each must be of use for these lines at their prices, and take something off what those before
    it left. Raises `VoucherDoesNotCombine`, `VoucherNotForThis`, `VoucherSpendTooLittle`.
    """
    known = {voucher.pk: voucher for voucher in vouchers}.values()
    ordered = sorted(known, key=lambda voucher: order_of(terms_of(voucher), voucher.code))
    terms = [terms_of(voucher) for voucher in ordered]
    for voucher, each in zip(ordered, terms, strict=True):
        _check_beside(voucher, each, has_others=len(terms) > 1, beside=beside)
        _check_lines(each, lines, currency=currency)
    found = [
        Discount(voucher.pk, voucher.code, amounts)
        for voucher, amounts in zip(ordered, stack(terms, lines, currency=currency), strict=True)
    ]
    if len(found) > 1 and any(discount.total == 0 for discount in found):
        raise errors.VoucherNotForThis
    return found


def _check_beside(
    voucher: Voucher, terms: VoucherTerms, *, has_others: bool, beside: Beside
) -> None:
    clash = clash_of(terms, has_others=has_others, beside=beside)
    if clash is not None:
        raise errors.VoucherDoesNotCombine(voucher=voucher.code, other=CLASHES[clash])


def _check_lines(terms: VoucherTerms, lines: Sequence[VoucherLine], *, currency: str) -> None:
    objection = objection_to_lines(terms, lines, currency=currency)
    if objection is Objection.TOO_LITTLE:
        raise errors.VoucherSpendTooLittle(minimum=f"{terms.min_spend:.2f}", currency=currency)
    if objection is not None:
        raise errors.VoucherNotForThis


def list_given_vouchers(*, client_id: UUID, now: datetime) -> list[Voucher]:
    """What somebody was given and can still use, the first to end first; at most 20. One query."""
    mine = Voucher.objects.filter(client_id=client_id, is_active=True, valid_until__gt=now)
    unused = mine.filter(Q(total_limit=None) | Q(uses__lt=F("total_limit")))
    return list(unused.order_by("valid_until", "pk")[:20])


def list_seats(voucher: Voucher, *, client_id: UUID) -> list[int | None]:
    """The seats of the person's uses that count: reserved or used. One query."""
    uses = VoucherUse.objects.filter(voucher=voucher, client_id=client_id, state__in=COUNTED)
    return list(uses.order_by("seat", "pk").values_list("seat", flat=True))


def terms_of(voucher: Voucher) -> VoucherTerms:
    """What the voucher promises. No query."""
    return VoucherTerms(
        kind=VoucherKind(voucher.kind),
        value=voucher.value,
        currency=voucher.currency,
        scope=Scope(voucher.scope),
        item_ids=frozenset(voucher.item_ids),
        min_spend=voucher.min_spend,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        is_active=voucher.is_active,
        combines_with_vouchers=voucher.combines_with_vouchers,
        combines_with_vip=voucher.combines_with_vip,
        combines_with_credit=voucher.combines_with_credit,
    )
