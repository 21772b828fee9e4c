"""Pure rules of vouchers: what is covered, what is taken off, to the last peso (SPA-13)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import STEPS
from finances.domain.codes import ALPHABET, canonical, new_code
from finances.domain.discounts import (
    Objection,
    Scope,
    VoucherKind,
    VoucherLine,
    VoucherTerms,
    discounts,
    objection_to,
    objection_to_lines,
    split,
)

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
MASSAGE, FACIAL, PACKAGE = (UUID(int=number) for number in (1, 2, 3))
pesos = st.integers(0, 2_000_000).map(Decimal)
cents = st.decimals(min_value=0, max_value=10**7, places=2)


def terms(**more: Any) -> VoucherTerms:
    defaults: dict[str, Any] = {
        "kind": VoucherKind.PERCENT,
        "value": Decimal(10),
        "currency": "COP",
        "scope": Scope.ALL,
        "item_ids": frozenset(),
        "min_spend": Decimal(0),
        "valid_from": None,
        "valid_until": None,
        "is_active": True,
    }
    return VoucherTerms(**{**defaults, **more})


def lines_of(*prices: object) -> list[VoucherLine]:
    return [VoucherLine(service_id=MASSAGE, price=Decimal(str(price))) for price in prices]


@given(
    prices=st.lists(pesos, min_size=1, max_size=8),
    percent=st.decimals(min_value="0.01", max_value=100, places=2),
)
def test_na_20_a_percentage_is_whole_pesos_and_never_more_than_a_price(
    prices: list[Decimal], percent: Decimal
) -> None:
    parts = discounts(terms(value=percent), lines_of(*prices), currency="COP")

    whole = sum(prices)
    assert all(0 <= part <= price for part, price in zip(parts, prices, strict=True))
    assert all(part == part.to_integral_value() for part in parts)
    # Rounded once: half a peso off the exact share of the whole, however many lines.
    assert abs(sum(parts) - whole * percent / 100) <= Decimal("0.5")


@given(prices=st.lists(pesos, min_size=1, max_size=8), value=pesos.filter(bool))
def test_an_amount_is_taken_off_whole_or_as_much_as_there_is_to_pay(
    prices: list[Decimal], value: Decimal
) -> None:
    voucher = terms(kind=VoucherKind.AMOUNT, value=value)

    parts = discounts(voucher, lines_of(*prices), currency="COP")

    assert sum(parts) == min(value, sum(prices))
    assert all(part <= price for part, price in zip(parts, prices, strict=True))


@given(
    weights=st.lists(cents, min_size=1, max_size=8),
    share=st.integers(0, 10_000),
    currency=st.sampled_from(["COP", "USD"]),
)
def test_parts_sum_to_the_whole_and_stay_within_their_weights(
    weights: list[Decimal], share: int, currency: str
) -> None:
    whole = (sum(weights) * share / 10_000).quantize(Decimal("0.01"))

    parts = split(min(whole, sum(weights)), weights, currency=currency)

    assert sum(parts) == min(whole, sum(weights))
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(weights=st.lists(pesos, min_size=1, max_size=8), share=st.integers(0, 100))
def test_no_part_is_a_peso_from_its_proportion(weights: list[Decimal], share: int) -> None:
    total = sum(weights)
    whole = Decimal(int(total * share / 100))

    parts = split(whole, weights, currency="COP")

    for part, weight in zip(parts, weights, strict=True):
        exact = whole * weight / total if total else Decimal(0)
        assert abs(part - exact) < STEPS["COP"]


def test_the_largest_rest_gets_the_peso_and_ties_go_to_the_first() -> None:
    even = [Decimal(10)] * 3

    assert split(Decimal(10), even, currency="COP") == (4, 3, 3)
    assert split(Decimal(11), even, currency="COP") == (4, 4, 3)
    assert split(Decimal(1), [Decimal(1), Decimal(9)], currency="COP") == (0, 1)
    assert split(Decimal(0), even, currency="COP") == (0, 0, 0)
    with pytest.raises(ValueError, match="between nothing and 30"):
        split(Decimal(31), even, currency="COP")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (10_000, 5_000, 2_000)),
        ({"scope": Scope.SERVICES}, (10_000, 5_000, 0)),
        ({"scope": Scope.SERVICES, "item_ids": frozenset({FACIAL})}, (0, 5_000, 0)),
        ({"scope": Scope.PACKAGES}, (0, 0, 2_000)),
        ({"scope": Scope.PACKAGES, "item_ids": frozenset({FACIAL})}, (0, 0, 0)),
    ],
)
def test_only_what_it_is_good_for_costs_less(more: dict[str, Any], expected: Any) -> None:
    bought = [
        VoucherLine(service_id=MASSAGE, price=Decimal(100_000)),
        VoucherLine(service_id=FACIAL, price=Decimal(50_000)),
        VoucherLine(service_id=None, price=Decimal(20_000), package_id=PACKAGE),
    ]

    assert discounts(terms(**more), bought, currency="COP") == expected


@pytest.mark.parametrize(
    ("more", "currency", "objection"),
    [
        ({}, "COP", None),
        ({}, "USD", Objection.NOT_FOR_THIS),
        ({"scope": Scope.PACKAGES}, "COP", Objection.NOT_FOR_THIS),
        ({"min_spend": Decimal(100_000)}, "COP", None),
        ({"min_spend": Decimal(100_001)}, "COP", Objection.TOO_LITTLE),
    ],
)
def test_why_it_takes_nothing_off(
    more: dict[str, Any], currency: str, objection: Objection | None
) -> None:
    assert objection_to_lines(terms(**more), lines_of(100_000), currency=currency) is objection


def test_the_minimum_counts_what_the_voucher_covers_and_nothing_free_is_discounted() -> None:
    only_facials = terms(
        scope=Scope.SERVICES, item_ids=frozenset({FACIAL}), min_spend=Decimal(60_000)
    )
    bought = [*lines_of(100_000), VoucherLine(service_id=FACIAL, price=Decimal(50_000))]

    assert objection_to_lines(only_facials, bought, currency="COP") is Objection.TOO_LITTLE
    assert objection_to_lines(terms(), lines_of(0), currency="COP") is Objection.NOT_FOR_THIS


@pytest.mark.parametrize(
    ("more", "objection"),
    [
        ({}, None),
        ({"is_active": False}, Objection.INACTIVE),
        ({"valid_from": NOON}, None),
        ({"valid_from": NOON + timedelta(seconds=1)}, Objection.NOT_YET),
        ({"valid_until": NOON}, Objection.ENDED),
        ({"valid_until": NOON + timedelta(seconds=1)}, None),
    ],
)
def test_when_it_is_good(more: dict[str, Any], objection: Objection | None) -> None:
    assert objection_to(terms(**more), now=NOON) is objection


@pytest.mark.parametrize(
    "typed", ["NAVIDAD-10", "navidad 10", " Navidad10", "NAVIDADIO", "nav1dad-lO"]
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert canonical(typed) == "NAV1DAD10"


@given(st.integers(0, 10**9))
def test_a_made_code_is_ten_characters_nobody_confuses(seed: int) -> None:
    places = iter(range(seed, seed + 100))

    code = new_code(lambda letters: letters[next(places) % len(letters)])

    assert len(code) == 10
    assert set(code) <= set(ALPHABET)
    assert canonical(code.lower()) == code
