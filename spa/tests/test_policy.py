"""What the studio allows and asks for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.money import to_cents
from spa.domain.policy import BookingPolicy, Line, Refusal

POLICY = BookingPolicy(
    minimum_notice_minutes=30,
    horizon_days=60,
    deposit_percent=Decimal(40),
    vip_deposit_percent=Decimal(0),
    hold_minutes=20,
    client_active_limit=1,
    vip_active_limit=4,
    open_holds_limit=3,
    hourly_bookings_limit=5,
    free_cancellation_hours=24,
    partial_cancellation_hours=24,
    partial_cancellation_credit_percent=Decimal(0),
    late_cancellation_credit_percent=Decimal(0),
    reschedule_limit=2,
    reschedule_hours=24,
    no_show_minutes=30,
    no_show_credit_percent=Decimal(0),
    strikes_limit=3,
    strikes_window_days=30,
    low_supervision_capacity=1,
    prefer_tight_slots=True,
    waitlist_enabled=True,
    waitlist_offer_minutes=60,
    first_reminder_hours=24,
    second_reminder_hours=2,
    package_validity_days=90,
    archive_days=730,
)
NOW = datetime(2026, 12, 4, 15, tzinfo=UTC)

pesos = st.integers(0, 50_000_000).map(lambda whole: Decimal(whole).quantize(Decimal("0.01")))
dollars = st.decimals(0, 100_000, places=2)
percents = st.decimals(0, 100, places=2)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


@given(
    prices=st.lists(st.tuples(pesos, st.none() | percents), min_size=1, max_size=5), usual=percents
)
def test_na_20_a_deposit_is_exact_whole_pesos_half_up_line_by_line(
    prices: list[tuple[Decimal, Decimal | None]], usual: Decimal
) -> None:
    policy = replace(POLICY, deposit_percent=usual)
    lines = [Line(price, percent) for price, percent in prices]

    deposit = policy.deposit_of(lines, is_vip=False, currency="COP")

    shares = [
        half_up(Fraction(price) * Fraction(usual if percent is None else percent) / 100)
        for price, percent in prices
    ]
    assert deposit == sum(shares)
    assert to_cents(deposit) == 100 * sum(shares)
    assert 0 <= deposit <= sum(price for price, _ in prices)


@given(price=dollars, percent=percents)
def test_na_20_a_currency_with_cents_is_rounded_half_up_to_the_cent(
    price: Decimal, percent: Decimal
) -> None:
    deposit = POLICY.deposit_of([Line(price, percent)], is_vip=False, currency="USD")

    assert to_cents(deposit) == half_up(Fraction(price) * Fraction(percent))
    assert deposit <= price


def test_na_20_what_floats_get_wrong_is_right() -> None:
    # 0.35 * 90 is 31.499999999999996 in floats.
    assert POLICY.deposit_of([Line(Decimal(90), Decimal(35))], is_vip=False, currency="COP") == 32
    assert POLICY.deposit_of(
        [Line(Decimal("1.15"), Decimal(50))], is_vip=False, currency="USD"
    ) == (Decimal("0.58"))


def test_a_vip_owes_the_vip_share_unless_the_service_has_its_own() -> None:
    lines = [Line(Decimal(100_000), None), Line(Decimal(50_000), Decimal(10))]

    assert POLICY.deposit_of(lines, is_vip=True, currency="COP") == 5_000
    assert POLICY.deposit_of(lines, is_vip=False, currency="COP") == 45_000


@given(start=moments, notice=st.integers(0, 10_080), horizon=st.integers(1, 365))
def test_na_12_a_start_is_refused_exactly_outside_of_notice_and_horizon(
    start: datetime, notice: int, horizon: int
) -> None:
    policy = replace(POLICY, minimum_notice_minutes=notice, horizon_days=horizon)

    refusal = policy.refusal_of(start, NOW)

    ahead = (start - NOW).total_seconds()
    if ahead < notice * 60:
        assert refusal is Refusal.TOO_SOON
    elif ahead > horizon * 86_400:
        assert refusal is Refusal.TOO_FAR
    else:
        assert refusal is None


def test_both_edges_of_notice_and_horizon_are_bookable() -> None:
    assert POLICY.refusal_of(NOW + timedelta(minutes=30), NOW) is None
    assert POLICY.refusal_of(NOW + timedelta(days=60), NOW) is None


@given(start=moments, now=moments)
def test_a_hold_never_outlives_its_visits_start(start: datetime, now: datetime) -> None:
    ends = POLICY.hold_ends(now, start)

    assert ends <= start
    assert ends <= now + timedelta(minutes=20)
    assert ends in {start, now + timedelta(minutes=20)}


def test_the_terms_say_exact_amounts_and_the_local_deadline() -> None:
    terms = POLICY.terms(
        start=datetime(2026, 12, 7, 15, tzinfo=UTC),
        zone=ZoneInfo("America/Bogota"),
        total=Decimal("120000.00"),
        deposit=Decimal("48000.00"),
        currency="COP",
    )

    assert terms == {
        "deposit": "48000.00",
        "balance": "72000.00",
        "currency": "COP",
        "hold_minutes": 20,
        "cancellation": {
            "free_until": "2026-12-06T10:00:00-05:00",
            "credit_percent_before": "100.00",
            "credit_percent_after": "0.00",
            "tiers": [
                {
                    "reason": "free",
                    "until": "2026-12-06T10:00:00-05:00",
                    "credit_percent": "100.00",
                    "credit": "48000.00",
                    "strike": False,
                },
                {
                    "reason": "late",
                    "until": "2026-12-07T10:00:00-05:00",
                    "credit_percent": "0.00",
                    "credit": "0.00",
                    "strike": True,
                },
            ],
        },
        "rescheduling": {"limit": 2, "until": "2026-12-06T10:00:00-05:00"},
        "no_show": {
            "after": "2026-12-07T10:30:00-05:00",
            "credit_percent": "0.00",
            "credit": "0.00",
            "strike": True,
        },
    }


def test_na_17_free_cancellation_ends_whole_hours_before_though_the_clock_changed_meanwhile() -> (
    None
):
    madrid = ZoneInfo("Europe/Madrid")

    terms = POLICY.terms(
        start=datetime(2026, 10, 25, 12, tzinfo=madrid),
        zone=madrid,
        total=Decimal(1),
        deposit=Decimal(0),
        currency="COP",
    )

    assert terms["cancellation"]["free_until"] == "2026-10-24T13:00:00+02:00"


prices = st.integers(0, 10**8).map(Decimal)
shares = st.integers(0, 10_000).map(lambda number: Decimal(number) / 100)


@given(price=prices, percent=shares)
def test_a_member_pays_the_discount_less_rounded_half_up_to_whole_pesos(
    price: Decimal, percent: Decimal
) -> None:
    policy = replace(POLICY, vip_discount_percent=percent)

    paid = policy.price_for(price, own_vip_price=None, is_vip=True, currency="COP")

    exact = Fraction(price) * (100 - Fraction(percent)) / 100
    assert paid == floor(exact + Fraction(1, 2))
    assert 0 <= paid <= price


@given(price=prices, own=st.none() | prices, is_vip=st.booleans())
def test_a_vip_price_of_its_own_goes_first_and_is_for_members_only(
    price: Decimal, own: Decimal | None, is_vip: bool
) -> None:
    paid = POLICY.price_for(price, own_vip_price=own, is_vip=is_vip, currency="COP")

    assert is_vip or paid == price
    assert not is_vip or own is None or paid == own


def test_what_is_charged_in_cents_is_rounded_to_cents() -> None:
    paid = POLICY.price_for(Decimal("9.99"), own_vip_price=None, is_vip=True, currency="USD")

    assert paid == Decimal("8.49")
