"""Money: exact, in steps its currency has, cents at one edge only (NA-20)."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.money import STEPS, as_amount, charged, from_cents, share_of, to_cents

amounts = st.decimals(min_value=0, max_value=10**9, places=2)
percents = st.decimals(min_value=0, max_value=100, places=2)
currencies = st.sampled_from(["COP", "CLP", "USD", "MXN"])


@given(amounts)
def test_cents_and_back_lose_nothing(amount: Decimal) -> None:
    assert from_cents(to_cents(amount)) == amount


@given(amounts, currencies)
def test_what_is_charged_exists_in_the_currency_and_is_the_nearest(
    amount: Decimal, currency: str
) -> None:
    step = STEPS.get(currency, Decimal("0.01"))

    rounded = charged(amount, currency)

    assert rounded % step == 0
    assert abs(rounded - amount) <= step / 2
    assert charged(rounded, currency) == rounded


@given(amounts, percents, currencies)
def test_na_20_a_share_is_what_exact_arithmetic_says_rounded_once(
    amount: Decimal, percent: Decimal, currency: str
) -> None:
    exact = amount * percent / 100

    share = share_of(amount, percent, currency)

    assert abs(share - exact) <= STEPS.get(currency, Decimal("0.01")) / 2
    assert share <= charged(amount, currency)


@given(amounts, percents, percents)
def test_a_larger_share_is_never_less(amount: Decimal, one: Decimal, other: Decimal) -> None:
    assume(one <= other)

    assert share_of(amount, one, "COP") <= share_of(amount, other, "COP")


@pytest.mark.parametrize(
    ("amount", "percent", "share"),
    [
        ("120000.00", "40", "48000.00"),
        ("0.29", "100", "0.00"),
        ("1.25", "40", "1.00"),
        ("99999.00", "40", "40000.00"),
        ("33333.00", "50", "16667.00"),
    ],
)
def test_na_20_pesos_are_whole_and_halves_go_up(amount: str, percent: str, share: str) -> None:
    assert share_of(Decimal(amount), Decimal(percent), "COP") == Decimal(share)


def test_halves_of_a_cent_go_up_where_there_are_cents() -> None:
    assert charged(Decimal("1.005"), "USD") == Decimal("1.01")
    assert charged(Decimal("2.5"), "COP") == Decimal("3.00")


@pytest.mark.parametrize("wrong", [0.1, 1.0, "1.001", Decimal("0.005")])
def test_na_20_a_float_or_lost_precision_is_no_amount(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"float|decimal places"):
        as_amount(wrong)


@pytest.mark.parametrize("wrong", [1.0, "100", None, True, Decimal(100)])
def test_na_25_only_whole_numbers_are_cents(wrong: object) -> None:
    with pytest.raises(ValueError, match="cents"):
        from_cents(wrong)


def test_na_20_what_is_no_whole_number_of_cents_is_not_sent() -> None:
    with pytest.raises(ValueError, match="cents"):
        to_cents(Decimal("10.005"))
