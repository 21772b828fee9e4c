"""What a visit costs, as arithmetic."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.money import STEPS, ZERO, to_cents
from spa.domain.policy import History, Line
from spa.domain.pricing import (
    Charge,
    Price,
    cover,
    settle,
    take_off,
    usable_credit,
    value_of_sessions,
)
from spa.tests.test_policy import POLICY, percents

MASSAGE, FACIAL, YOGA = (uuid4() for _ in range(3))
pesos = st.integers(0, 5_000_000).map(lambda whole: Decimal(whole).quantize(Decimal("0.01")))
charges = st.builds(
    Charge,
    service_id=st.sampled_from([MASSAGE, FACIAL, YOGA]),
    list_price=pesos,
    deposit_percent=st.none() | percents,
    is_add_on=st.booleans(),
) | st.builds(
    Charge,
    service_id=st.sampled_from([MASSAGE, FACIAL, YOGA]),
    list_price=pesos,
    deposit_amount=pesos,
)
visits = st.lists(charges, min_size=1, max_size=6)
histories = st.builds(History, st.integers(0, 20), st.integers(0, 3))
policies = st.builds(
    replace,
    st.just(POLICY),
    deposit_percent=percents,
    vip_deposit_percent=percents,
    regular_visits=st.integers(0, 10),
    regular_deposit_percent=percents,
    strike_deposit_percent=percents,
)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """Any visit of any studio, with a package, a voucher and credit, or without."""
    lines = cover(
        draw(visits),
        service_ids=draw(st.sets(st.sampled_from([MASSAGE, FACIAL, YOGA]))),
        sessions=draw(st.integers(0, 4)),
    )
    # A voucher never takes more off a line than it costs; finances sees to the rest.
    off = [draw(st.integers(0, int(line.price))) for line in lines]
    return settle(
        take_off(lines, [Decimal(amount) for amount in off]),
        policy=draw(policies),
        is_vip=draw(st.booleans()),
        history=draw(histories),
        currency="COP",
        credit=draw(st.decimals(0, 9_000_000, places=2)),
    )


@given(prices())
def test_na_20_every_sum_is_exact_in_whole_pesos_and_nothing_is_negative(price: Price) -> None:
    lists = [line.charge.list_price for line in price.lines]
    covered = [line.charge.list_price for line in price.lines if line.is_covered]

    assert price.total == sum(lists) - sum(covered) - price.discount
    assert price.total == sum(line.net for line in price.lines)
    assert price.due_now + price.credit == price.deposit
    for amount in (price.total, price.discount, price.deposit, price.credit, price.due_now):
        assert amount >= 0
        assert to_cents(amount) % 100 == 0
    assert all(0 <= line.net <= line.price <= line.charge.list_price for line in price.lines)
    assert price.deposit <= price.total


@given(prices())
def test_a_line_that_a_package_pays_for_costs_nothing_and_asks_for_no_deposit(
    price: Price,
) -> None:
    covered = [line for line in price.lines if line.is_covered]

    assert price.sessions == len(covered)
    assert all(line.net == 0 for line in covered)
    if len(covered) == len(price.lines):
        assert (price.total, price.deposit, price.due_now) == (0, 0, 0)


@given(visit=visits, sessions=st.integers(0, 4), covered=st.sets(st.sampled_from([MASSAGE, YOGA])))
def test_a_package_pays_for_the_dearest_of_its_services_and_never_beyond_its_sessions(
    visit: list[Charge], sessions: int, covered: set[UUID]
) -> None:
    lines = cover(visit, service_ids=covered, sessions=sessions)

    possible = [
        charge.list_price
        for charge in visit
        if charge.service_id in covered and charge.list_price > 0 and not charge.is_add_on
    ]
    paid_for = [line.charge for line in lines if line.is_covered]
    assert [line.charge for line in lines] == visit
    assert len(paid_for) == min(sessions, len(possible))
    assert all(charge.service_id in covered and not charge.is_add_on for charge in paid_for)
    assert (
        sorted((charge.list_price for charge in paid_for), reverse=True)
        == (sorted(possible, reverse=True)[: len(paid_for)])
    )


def test_the_dearest_line_is_covered_and_of_equal_ones_the_first() -> None:
    prices = [Charge(MASSAGE, Decimal(price)) for price in (80, 100, 100, 90)]

    lines = cover(prices, service_ids=[MASSAGE], sessions=1)

    assert [line.is_covered for line in lines] == [False, True, False, False]


def test_what_is_free_of_charge_takes_no_session() -> None:
    lines = cover([Charge(MASSAGE, ZERO)], service_ids=[MASSAGE], sessions=1)

    assert [line.is_covered for line in lines] == [False]


def test_of_two_equal_lines_the_first_is_covered() -> None:
    first, second = Charge(MASSAGE, Decimal(100)), Charge(MASSAGE, Decimal(100))

    lines = cover([first, second], service_ids=[MASSAGE], sessions=1)

    assert [line.is_covered for line in lines] == [True, False]


def test_a_voucher_never_takes_a_line_below_nothing() -> None:
    lines = cover([Charge(MASSAGE, Decimal(100))], service_ids=[], sessions=0)

    (line,) = take_off(lines, [Decimal(150)])

    assert (line.discount, line.net) == (100, 0)


def test_the_deposit_is_asked_for_what_the_voucher_leaves() -> None:
    lines = cover([Charge(MASSAGE, Decimal(100_000))], service_ids=[], sessions=0)
    discounted = take_off(lines, [Decimal(25_000)])

    price = settle(
        discounted, policy=POLICY, is_vip=False, history=History(), currency="COP", credit=ZERO
    )

    assert (price.total, price.deposit) == (75_000, 30_000)


@given(credit=st.decimals(0, 100_000, places=2), deposit=pesos)
def test_na_21_credit_pays_no_more_than_is_due_and_leaves_whole_pesos(
    credit: Decimal, deposit: Decimal
) -> None:
    used = usable_credit(credit, deposit=deposit, currency="COP")

    assert 0 <= used <= min(credit, deposit)
    assert to_cents(deposit - used) % 100 == 0
    # And not a peso less than that.
    assert used == deposit or credit - used < STEPS["COP"]


@given(
    price=pesos.filter(bool),
    parts=st.lists(st.integers(1, 5), min_size=1, max_size=20),
)
def test_what_sessions_are_worth_adds_up_to_the_price_in_any_order(
    price: Decimal, parts: list[int]
) -> None:
    total = sum(parts)
    edges = [sum(parts[:count]) for count in range(len(parts) + 1)]

    values = [
        value_of_sessions(
            price, sessions_total=total, settled=begin, sessions=end - begin, currency="COP"
        )
        for begin, end in pairwise(edges)
    ]

    assert sum(values) == price
    for value, count in zip(values, parts, strict=True):
        assert value >= 0
        assert abs(Fraction(value) - Fraction(price) * count / total) < 1


def test_a_fixed_deposit_is_asked_for_whoever_books_but_never_more_than_the_price() -> None:
    lines = [
        Line(Decimal(90_000), None, Decimal(50_000)),
        Line(Decimal(30_000), None, Decimal(50_000)),
    ]

    assert POLICY.deposit_of(lines, is_vip=True, currency="COP") == 80_000


@given(policy=policies, is_vip=st.booleans(), history=histories)
def test_strikes_ask_for_more_and_loyalty_for_less_but_never_both(
    policy: object, is_vip: bool, history: History
) -> None:
    usual = policy.vip_deposit_percent if is_vip else policy.deposit_percent

    percent = policy.usual_deposit_percent(is_vip=is_vip, history=history)

    if history.strikes:
        assert percent == max(usual, policy.strike_deposit_percent)
    elif policy.regular_visits and history.completed_visits >= policy.regular_visits:
        assert percent == min(usual, policy.regular_deposit_percent)
    else:
        assert percent == usual


def test_by_default_a_past_changes_nothing() -> None:
    usual = replace(POLICY, regular_deposit_percent=Decimal(0))
    for history in (History(), History(completed_visits=500), History(strikes=2)):
        assert usual.usual_deposit_percent(is_vip=False, history=history) == 40
