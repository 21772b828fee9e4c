"""Credit and vouchers of tests: each call says only what the test is about."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from finances.models import CreditLot, Voucher
from finances.steps.credit import issue_credit, release_credit, reserve_credit, use_credit
from finances.steps.vouchers import release_vouchers, reserve_vouchers, use_vouchers
from finances.types import Account, Beside, Discount, VoucherLine

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
VISIT = "tests.thing"
ALONE = Beside()
MASSAGE, FACIAL = UUID(int=11), UUID(int=12)


def give(client_id: UUID, amount: object = "48000", **more: Any) -> CreditLot:
    """Credit out of promotions, for a cause of its own."""
    defaults: dict[str, Any] = {
        "currency": "COP",
        "source": Account.PROMOTIONS,
        "cause_kind": "tests.gift",
        "cause_id": uuid4(),
        "reason": "premio de pruebas",
        "now": NOON,
    }
    with transaction.atomic():
        return issue_credit(
            client_id=client_id, amount=Decimal(str(amount)), **{**defaults, **more}
        )


def reserve(client_id: UUID, up_to: object, payable_id: UUID, **more: Any) -> Decimal:
    """Credit for a visit."""
    defaults: dict[str, Any] = {"currency": "COP", "payable_kind": VISIT, "now": NOON}
    with transaction.atomic():
        return reserve_credit(
            client_id=client_id,
            up_to=Decimal(str(up_to)),
            payable_id=payable_id,
            **{**defaults, **more},
        )


def use(*payable_ids: UUID, **more: Any) -> dict[UUID, Decimal]:
    """The visits become certain."""
    with transaction.atomic():
        return use_credit(payable_kind=VISIT, payable_ids=payable_ids, **{"now": NOON, **more})


def release(*payable_ids: UUID, now: datetime = NOON) -> dict[UUID, Decimal]:
    """The visits do not happen."""
    with transaction.atomic():
        return release_credit(payable_kind=VISIT, payable_ids=payable_ids, now=now)


def left(lot: CreditLot) -> tuple[int, int]:
    """What the lot has remaining and reserved, in whole units."""
    lot.refresh_from_db()
    return int(lot.remaining), int(lot.reserved)


def make_voucher(**more: Any) -> Voucher:
    """Ten per cent off everything, once a person."""
    defaults: dict[str, Any] = {
        "code": "AMIGOS10",
        "name": "Amigos",
        "kind": "percent",
        "value": 10,
    }
    voucher = Voucher.objects.create(**{**defaults, **more})
    voucher.refresh_from_db()
    return voucher


def line(price: object, service_id: UUID | None = MASSAGE) -> VoucherLine:
    """A service at its price."""
    return VoucherLine(service_id=service_id, price=Decimal(str(price)))


def take(
    client_id: UUID,
    payable_id: UUID,
    *,
    code: str = "amigos10",
    lines: Sequence[VoucherLine] = (),
    now: datetime = NOON,
    currency: str = "COP",
) -> Discount:
    """A voucher for a visit; a massage of 100 000 unless the test says otherwise."""
    (discount,) = take_all(client_id, payable_id, code, lines=lines, now=now, currency=currency)
    return discount


def take_all(
    client_id: UUID,
    payable_id: UUID,
    *codes: str,
    lines: Sequence[VoucherLine] = (),
    now: datetime = NOON,
    currency: str = "COP",
    beside: Beside = ALONE,
) -> list[Discount]:
    """Several vouchers for a visit."""
    with transaction.atomic():
        return reserve_vouchers(
            codes=codes,
            client_id=client_id,
            lines=lines or [line(100_000)],
            currency=currency,
            payable_kind=VISIT,
            payable_id=payable_id,
            beside=beside,
            now=now,
        )


def use_voucher(*payable_ids: UUID) -> None:
    """The visits become certain."""
    with transaction.atomic():
        use_vouchers(payable_kind=VISIT, payable_ids=payable_ids, now=NOON)


def give_back(*payable_ids: UUID) -> None:
    """The visits do not happen."""
    with transaction.atomic():
        release_vouchers(payable_kind=VISIT, payable_ids=payable_ids, now=NOON)
