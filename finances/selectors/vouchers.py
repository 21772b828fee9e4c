"""Reading vouchers, and what one is worth to somebody (SPA-13)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from finances import errors
from finances.domain.codes import canonical
from finances.domain.discounts import (
    Discount,
    Objection,
    Scope,
    VoucherKind,
    VoucherLine,
    VoucherTerms,
    discounts,
    objection_to,
    objection_to_lines,
)
from finances.models import Voucher, VoucherUse
from finances.models.credit import UseState

COUNTED = (UseState.RESERVED, UseState.USED)


def get_usable_voucher(*, code: str, client_id: UUID, now: datetime) -> Voucher:
    """The voucher with this code, however it was typed, if the person can use it. Two queries.

    Raises `VoucherUnknown`, `VoucherNotValidNow`, `VoucherUsedUp`, `VoucherLimitReached`.
    """
    voucher = Voucher.objects.filter(canonical=canonical(code)).first()
    if voucher is None:
        raise errors.VoucherUnknown
    check_usable(voucher, seats=list_seats(voucher, client_id=client_id), now=now)
    return voucher


def quote_voucher(
    *,
    code: str,
    client_id: UUID,
    lines: Sequence[VoucherLine],
    currency: str,
    now: datetime,
) -> Discount:
    """What the voucher would take off these lines now; nothing is reserved. Two queries.

    Raises what `reserve_voucher` raises.
    """
    voucher = get_usable_voucher(code=code, client_id=client_id, now=now)
    return discount_of(voucher, lines, currency=currency)


def check_usable(voucher: Voucher, *, seats: Sequence[int | None], now: datetime) -> None:
    """Raise a refusal unless somebody who has used it on these seats can use it once more now."""
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


def discount_of(voucher: Voucher, lines: Sequence[VoucherLine], *, currency: str) -> Discount:
    """What it takes off the lines. Raises `VoucherNotForThis` or `VoucherSpendTooLittle`."""
    terms = terms_of(voucher)
    objection = objection_to_lines(terms, lines, currency=currency)
    if objection is Objection.TOO_LITTLE:
        raise errors.VoucherSpendTooLittle(minimum=f"{terms.min_spend:.2f}", currency=currency)
    if objection is not None:
        raise errors.VoucherNotForThis
    return Discount(voucher.pk, voucher.code, discounts(terms, lines, currency=currency))


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
    )
