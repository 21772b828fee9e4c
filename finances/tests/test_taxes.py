"""Prices include their taxes: to the peso, whatever the parts they are paid in (FIN-09)."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.sales import BilledLine, ItemKind, SaleLine, bill
from finances.domain.taxes import PAYABLE_IN, Rates, TaxCategory, step_of, tax_within

D = Decimal
RATES = Rates(vat=D(19), reduced_vat=D(5), consumption=D(8))
PESO = D(1)


def line(price: object, discount: object = 0, tax: str = "vat") -> SaleLine:
    return SaleLine(ItemKind.SERVICE, "Masaje", D(str(price)), D(str(discount)), tax)


def billed(*lines: SaleLine, since: object = 0, until: object = None) -> list[BilledLine]:
    whole = sum((one.net for one in lines), ZERO)
    end = whole if until is None else D(str(until))
    return bill(lines, since=D(str(since)), until=end, currency="COP", rates=RATES)


@pytest.mark.parametrize(
    ("total", "rate", "tax"),
    [
        (119_000, 19, 19_000),
        (120_000, 19, 19_160),  # 19 159,66
        (105_000, 5, 5_000),
        (108_000, 8, 8_000),
        (80_000, 8, 5_926),  # 5 925,93
        (63, 5, 3),
        (21, 5, 1),
        (10, 5, 0),  # 0,476
        (31, 19, 5),  # 4,95
        (50_000, 0, 0),
    ],
)
def test_the_tax_of_a_price_is_rounded_half_up_to_whole_pesos(
    total: int, rate: int, tax: int
) -> None:
    assert tax_within(D(total), D(rate), step=PESO) == tax


def test_exactly_half_a_peso_is_rounded_up() -> None:
    assert tax_within(D("10.5"), D(5), step=PESO) == D(1)


def test_amounts_with_cents_are_taxed_in_cents() -> None:
    assert step_of("COP", D("10.50")) == D("0.01")
    assert step_of("COP", D(10)) == D(1)
    assert step_of("USD", D(10)) == D("0.01")
    assert tax_within(D("11.90"), D(19), step=D("0.01")) == D("1.90")


def test_each_category_has_its_rate_and_its_account() -> None:
    assert [RATES.of(category) for category in TaxCategory] == [0, 19, 5, 8]
    assert PAYABLE_IN == {
        "vat": Account.VAT_PAYABLE,
        "reduced_vat": Account.VAT_PAYABLE,
        "consumption": Account.CONSUMPTION_TAX_PAYABLE,
    }


def test_discounts_come_off_before_taxes() -> None:
    (only,) = billed(line(129_000, 10_000))

    assert (only.list_price, only.discount, only.total) == (129_000, 10_000, 119_000)
    assert (only.base, only.tax) == (100_000, 19_000)
    assert only.is_whole


def test_where_nothing_is_said_the_usual_category_is_meant() -> None:
    rates = Rates(D(19), D(5), D(8), usual=TaxCategory.CONSUMPTION)

    (only,) = bill([line(108, tax="")], since=ZERO, until=D(108), currency="COP", rates=rates)

    assert (only.tax_category, only.tax_rate, only.tax) == ("consumption", 8, 8)


def test_a_frozen_rate_stays_what_it_was() -> None:
    frozen = SaleLine(ItemKind.SERVICE, "Masaje", D(116), tax_category="vat", tax_rate=D(16))

    (only,) = billed(frozen)

    assert (only.tax_rate, only.tax) == (16, 16)


def test_parts_bill_one_line_after_the_other() -> None:
    lines = (line(100_000), line(50_000), line(30_000, 30_000))

    first = billed(*lines, until=120_000)
    rest = billed(*lines, since=120_000)

    assert [(part.total, part.is_whole) for part in first] == [
        (100_000, True), (20_000, False), (0, True),
    ]  # fmt: skip
    assert [part.total for part in rest] == [30_000]


def test_a_discount_of_one_peso_is_in_one_of_two_halves() -> None:
    lines = (line(101, 1),)

    halves = [*billed(*lines, until=50), *billed(*lines, since=50)]

    assert [(half.list_price, half.discount, half.total) for half in halves] == [
        (51, 1, 50), (50, 0, 50),
    ]  # fmt: skip


@pytest.mark.parametrize(("since", "until"), [(-1, 5), (6, 5), (0, 11)])
def test_nobody_bills_what_is_not_there(since: int, until: int) -> None:
    with pytest.raises(ValueError, match="does not lie within 10"):
        billed(line(10), since=since, until=until)


LINES = st.lists(
    st.builds(
        lambda price, share, tax: line(price, price * share // 100, tax),
        st.integers(0, 400_000),
        st.integers(0, 100),
        st.sampled_from([category.value for category in TaxCategory]),
    ),
    min_size=1,
    max_size=5,
)


@given(lines=LINES, cuts=st.lists(st.integers(0, 2_000_000), max_size=4))
def test_whatever_the_parts_they_are_the_whole_to_the_peso(
    lines: list[SaleLine], cuts: list[int]
) -> None:
    whole = int(sum((one.net for one in lines), ZERO))
    marks = sorted({0, whole, *(cut for cut in cuts if cut < whole)})
    parts = [billed(*lines, since=a, until=b) for a, b in pairwise(marks)] or [billed(*lines)]

    for (since, until), part in zip(pairwise(marks), parts, strict=False):
        assert sum((one.total for one in part), ZERO) == until - since
    flat = [one for part in parts for one in part]
    for one in flat:
        assert one.base + one.tax == one.total == one.list_price - one.discount
        assert min(one.base, one.tax, one.discount) >= 0
        assert one.tax % 1 == 0
    for sold in {id(one): one for one in lines}.values():
        mine = [one for one in flat if one.line is sold]
        if mine:
            (at_once,) = billed(sold)
            assert sum((one.total for one in mine), ZERO) == sold.net
            assert sum((one.discount for one in mine), ZERO) == sold.discount
            assert sum((one.tax for one in mine), ZERO) == at_once.tax
        else:
            assert sold.list_price == 0
