"""Several vouchers for one thing: which combine, in what order, never below nothing (SPA-13)."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from finances import errors
from finances.domain.discounts import (
    Beside,
    Scope,
    VoucherKind,
    VoucherLine,
    VoucherTerms,
    order_of,
    stack,
)
from finances.models import Voucher, VoucherUse
from finances.selectors.ledger import verify
from finances.selectors.vouchers import quote_vouchers
from finances.steps.vouchers import reserve_vouchers_again
from finances.tests.credits import (
    ALONE,
    FACIAL,
    MASSAGE,
    NOON,
    VISIT,
    give_back,
    line,
    make_voucher,
    take,
    take_all,
    use_voucher,
)
from users.tests.factories import UserFactory

THIS = UUID(int=1)


@pytest.fixture
def ana(db: None) -> UUID:
    return UserFactory.create().pk


def make_all(*values: tuple[str, str, object], **more: Any) -> None:
    """Vouchers that combine: code, kind, value."""
    for code, kind, value in values:
        make_voucher(code=code, kind=kind, value=value, combines_with_vouchers=True, **more)


def states() -> list[str]:
    return sorted(VoucherUse.objects.values_list("state", flat=True))


def test_percentages_count_before_amounts_however_they_are_typed(ana: UUID) -> None:
    make_all(("DIEZMIL", "amount", 10_000), ("DIEZ", "percent", 10), ("VEINTE", "percent", 20))
    orders = [("diezmil", "diez", "veinte"), ("veinte", "diezmil", "diez", "VEINTE")]

    for codes in orders:
        found = take_all(ana, uuid4(), *codes) if codes is orders[0] else quoted(ana, *codes)
        # 20 % of 100 000, 10 % of 80 000, and 10 000 of 72 000.
        assert [(one.code, one.total) for one in found] == [
            ("VEINTE", 20_000), ("DIEZ", 8_000), ("DIEZMIL", 10_000),
        ]  # fmt: skip
    assert states() == ["reserved"] * 3
    assert verify() == []


def quoted(ana: UUID, *codes: str, **more: Any) -> Any:
    asked: dict[str, Any] = {"lines": [line(100_000)], "currency": "COP", "beside": ALONE}
    Voucher.objects.update(per_person_limit=None)
    return quote_vouchers(codes=codes, client_id=ana, now=NOON, **{**asked, **more})


def test_all_are_used_given_back_and_had_again_together(ana: UUID) -> None:
    make_all(("DIEZ", "percent", 10), ("VEINTE", "percent", 20), total_limit=1)
    take_all(ana, THIS, "diez", "veinte")

    give_back(THIS)
    assert states() == ["released"] * 2
    assert again(THIS)
    use_voucher(THIS)

    assert states() == ["released"] * 2 + ["used"] * 2
    assert set(Voucher.objects.values_list("uses", flat=True)) == {1}
    assert verify() == []


def again(visit: UUID) -> bool:
    with transaction.atomic():
        return reserve_vouchers_again(payable_kind=VISIT, payable_id=visit, now=NOON)


def test_without_one_of_them_none_is_had_again(ana: UUID) -> None:
    make_all(("DIEZ", "percent", 10), ("VEINTE", "percent", 20), total_limit=1)
    take_all(ana, THIS, "diez", "veinte")
    give_back(THIS)
    take(UserFactory.create().pk, uuid4(), code="veinte")

    assert not again(THIS)

    assert Voucher.objects.get(code="DIEZ").uses == 0
    assert verify() == []


@pytest.mark.parametrize(
    ("codes", "beside", "other"),
    [
        (("AMIGOS10", "SOLO"), ALONE, "otros cupones"),
        (("SOLO",), Beside(vip_price=True), "el precio VIP"),
        (("SOLO",), Beside(uses_credit=True), "saldo a favor"),
    ],
)
def test_what_does_not_combine_is_refused_and_leaves_no_trace(
    ana: UUID, codes: tuple[str, ...], beside: Beside, other: str
) -> None:
    make_voucher(combines_with_vouchers=True)
    make_voucher(code="SOLO", combines_with_vip=False, combines_with_credit=False)

    with pytest.raises(errors.VoucherDoesNotCombine) as refusal:
        take_all(ana, THIS, *codes, beside=beside)

    assert refusal.value.detail == f"El cupón SOLO no se combina con {other}."
    assert not VoucherUse.objects.exists()
    assert not Voucher.objects.exclude(uses=0).exists()


def test_one_that_takes_nothing_more_off_is_kept_for_later(ana: UUID) -> None:
    make_all(("TODO", "percent", 100), ("MIL", "amount", 1_000))

    with pytest.raises(errors.VoucherNotForThis):
        take_all(ana, THIS, "todo", "mil")

    assert not VoucherUse.objects.exists()


def test_one_code_nobody_knows_takes_none(ana: UUID) -> None:
    make_all(("DIEZ", "percent", 10))

    with pytest.raises(errors.VoucherUnknown):
        take_all(ana, THIS, "diez", "nada")

    assert not VoucherUse.objects.exists()


@pytest.mark.parametrize("second", ["SOLO", "DIEZ"])
def test_the_database_lets_no_other_beside_one_that_is_alone(ana: UUID, second: str) -> None:
    make_all(("DIEZ", "percent", 10), ("VEINTE", "percent", 20), per_person_limit=None)
    make_voucher(code="SOLO", per_person_limit=None)
    first = "SOLO" if second == "DIEZ" else "DIEZ"
    take(ana, THIS, code=first)

    with pytest.raises(IntegrityError, match="those_combine"):
        take(ana, THIS, code=second)

    if first == "DIEZ":
        take(ana, THIS, code="veinte")
        with pytest.raises(IntegrityError, match="once_per_payable"), transaction.atomic():
            VoucherUse.objects.update(voucher=Voucher.objects.get(code="DIEZ"))
    assert verify() == []


TERMS = st.builds(
    VoucherTerms,
    kind=st.sampled_from(VoucherKind),
    value=st.integers(1, 100).map(Decimal),
    currency=st.just("COP"),
    scope=st.sampled_from([Scope.ALL, Scope.SERVICES]),
    item_ids=st.sampled_from([frozenset(), frozenset({MASSAGE}), frozenset({FACIAL})]),
    min_spend=st.just(Decimal(0)),
    valid_from=st.none(),
    valid_until=st.none(),
    is_active=st.just(True),
)
LINES = st.lists(
    st.builds(
        VoucherLine,
        service_id=st.sampled_from([MASSAGE, FACIAL]),
        price=st.integers(0, 300).map(Decimal),
    ),
    min_size=1,
    max_size=4,
)


@given(st.lists(TERMS, min_size=1, max_size=5), LINES)
def test_together_they_never_take_more_than_a_price(
    terms: list[VoucherTerms], lines: list[VoucherLine]
) -> None:
    ordered = sorted(terms, key=lambda each: order_of(each, ""))

    found = stack(ordered, lines, currency="COP")

    for number, bought in enumerate(lines):
        parts = [amounts[number] for amounts in found]
        assert all(part >= 0 and part == part.to_integral_value() for part in parts)
        assert sum(parts) <= bought.price
    kinds = [each.kind for each in ordered]
    assert kinds == sorted(kinds, key=lambda kind: kind is not VoucherKind.PERCENT)
