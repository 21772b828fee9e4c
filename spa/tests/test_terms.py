"""What follows from the terms of a visit: exact, and always what was shown (SPA-10, SPA-26)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spa.domain.policy import BookingPolicy
from spa.domain.terms import Reason, ReschedulingRefusal, Terms
from spa.tests.test_policy import POLICY, half_up

BOGOTA = ZoneInfo("America/Bogota")
START = datetime(2026, 12, 7, 15, tzinfo=UTC)
DAY = timedelta(days=1)
ZONES = ["America/Bogota", "Europe/Madrid", "America/Santiago", "Australia/Lord_Howe"]

pesos = st.integers(0, 5_000_000).map(lambda whole: Decimal(whole).quantize(Decimal("0.01")))
percents = st.decimals(0, 100, places=2)
moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001
    datetime(2032, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


@st.composite
def policies(draw: st.DrawFn) -> BookingPolicy:
    """Rules an owner can set: coming closer to the visit never gives back more."""
    free = draw(st.integers(0, 720))
    partial, late = sorted([draw(percents), draw(percents)], reverse=True)
    return replace(
        POLICY,
        free_cancellation_hours=free,
        partial_cancellation_hours=draw(st.integers(0, free)),
        partial_cancellation_credit_percent=partial,
        late_cancellation_credit_percent=late,
        no_show_credit_percent=draw(percents),
        no_show_minutes=draw(st.integers(5, 240)),
        reschedule_hours=draw(st.integers(0, 720)),
        reschedule_limit=draw(st.integers(0, 20)),
    )


def frozen(policy: BookingPolicy, start: datetime = START, zone: ZoneInfo = BOGOTA) -> Terms:
    """The terms as they come back from the database."""
    dumped = policy.terms(
        start=start, zone=zone, total=Decimal(120_000), deposit=Decimal(48_000), currency="COP"
    )
    return Terms.load(json.loads(json.dumps(dumped)))


@given(policy=policies(), start=moments, zone=zones, now=moments, paid=pesos)
def test_what_was_paid_is_given_back_or_kept_to_the_last_peso(
    policy: BookingPolicy, start: datetime, zone: ZoneInfo, now: datetime, paid: Decimal
) -> None:
    terms = frozen(policy, start, zone)

    for decision in (
        terms.cancellation(now=now, paid=paid),
        terms.no_show(paid=paid),
        terms.waived_cancellation(paid=paid),
    ):
        assert decision.credit + decision.kept == paid
        assert 0 <= decision.credit <= paid


@given(policy=policies(), start=moments, zone=zones, ahead=st.integers(-48, 800), paid=pesos)
def test_the_share_is_that_of_the_whole_hours_ahead_whatever_the_clock_did_meanwhile(
    policy: BookingPolicy, start: datetime, zone: ZoneInfo, ahead: int, paid: Decimal
) -> None:
    decision = frozen(policy, start, zone).cancellation(
        now=start - timedelta(hours=ahead), paid=paid
    )

    if ahead >= policy.free_cancellation_hours:
        expected, percent = Reason.FREE, Decimal(100)
    elif policy.free_cancellation_hours == 0:
        expected, percent = Reason.FREE, Decimal(100)  # nothing is late, not even afterwards
    elif max(ahead, 0) >= policy.partial_cancellation_hours:
        expected, percent = Reason.PARTIAL, policy.partial_cancellation_credit_percent
    else:
        expected, percent = Reason.LATE, policy.late_cancellation_credit_percent
    assert decision.reason is expected
    assert decision.credit == half_up(Fraction(paid) * Fraction(percent) / 100)
    assert decision.is_strike == (expected is Reason.LATE)


@given(policy=policies(), moments=st.lists(moments, min_size=2, max_size=2), paid=pesos)
def test_waiting_never_gives_more_back(
    policy: BookingPolicy, moments: list[datetime], paid: Decimal
) -> None:
    terms = frozen(policy)
    earlier, later = sorted(moments)

    assert (
        terms.cancellation(now=earlier, paid=paid).credit
        >= terms.cancellation(now=later, paid=paid).credit
    )


@given(policy=policies(), start=moments, zone=zones)
def test_na_12_what_is_shown_is_what_is_decided(
    policy: BookingPolicy, start: datetime, zone: ZoneInfo
) -> None:
    """A reader of the frozen JSON, who knows nothing of the rules, foretells every decision."""
    shown = policy.terms(
        start=start, zone=zone, total=Decimal(120_000), deposit=Decimal(48_000), currency="COP"
    )
    terms, deposit = Terms.load(shown), Decimal(48_000)

    for tier in shown["cancellation"]["tiers"]:
        at = datetime.fromisoformat(tier["until"])
        decision = terms.cancellation(now=at, paid=deposit)
        assert at.utcoffset() == at.astimezone(zone).utcoffset()
        assert (decision.credit, decision.is_strike) == (Decimal(tier["credit"]), tier["strike"])
    assert terms.no_show(paid=deposit).credit == Decimal(shown["no_show"]["credit"])
    until = datetime.fromisoformat(shown["rescheduling"]["until"])
    last = shown["rescheduling"]["limit"]
    assert terms.rescheduling(now=until, done=last) is ReschedulingRefusal.LIMIT
    if last:
        assert terms.rescheduling(now=until, done=last - 1) is ReschedulingRefusal.TOO_LATE
        just_before = until - timedelta(microseconds=1)
        assert terms.rescheduling(now=just_before, done=last - 1) is None


@given(policy=policies(), start=moments, zone=zones)
def test_terms_survive_being_stored(policy: BookingPolicy, start: datetime, zone: ZoneInfo) -> None:
    terms = frozen(policy, start, zone)

    assert Terms.load(terms.dump(zone)) == terms


@given(policy=policies(), start=moments, by=st.integers(-60, 60), zone=zones, paid=pesos)
def test_terms_move_with_the_visit(
    policy: BookingPolicy, start: datetime, by: int, zone: ZoneInfo, paid: Decimal
) -> None:
    moved = frozen(policy, start, zone).moved(by * DAY)

    assert moved == frozen(policy, start + by * DAY, zone)


@example(when=START - DAY, reason=Reason.FREE)
@example(when=START - DAY + timedelta(microseconds=1), reason=Reason.LATE)
@given(when=st.just(START), reason=st.just(Reason.LATE))
def test_both_sides_of_the_deadline(when: datetime, reason: Reason) -> None:
    assert frozen(POLICY).cancellation(now=when, paid=Decimal(48_000)).reason is reason


def test_a_middle_tier_gives_a_part_back_without_a_strike() -> None:
    policy = replace(
        POLICY,
        partial_cancellation_hours=6,
        partial_cancellation_credit_percent=Decimal(50),
        late_cancellation_credit_percent=Decimal(10),
    )
    paid = Decimal(48_001)

    decisions = [
        frozen(policy).cancellation(now=START - timedelta(hours=hours), paid=paid)
        for hours in (24, 6, 5)
    ]

    assert [(d.reason, d.credit, d.kept, d.is_strike) for d in decisions] == [
        (Reason.FREE, 48_001, 0, False),
        (Reason.PARTIAL, 24_001, 24_000, False),
        (Reason.LATE, 4_800, 43_201, True),
    ]


@pytest.mark.parametrize(
    ("zone", "start", "until"),
    [
        # Spring: the night before the visit has an hour less on the wall.
        ("Europe/Madrid", datetime(2026, 3, 29, 12), "2026-03-28T11:00:00+01:00"),  # noqa: DTZ001
        # Autumn: and an hour more.
        ("Europe/Madrid", datetime(2026, 10, 25, 12), "2026-10-24T13:00:00+02:00"),  # noqa: DTZ001
        # Half an hour, as Lord Howe likes it.
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 12), "2026-04-04T12:30:00+11:00"),  # noqa: DTZ001
    ],
)
def test_na_17_the_deadline_is_whole_hours_before_across_clock_changes(
    zone: str, start: datetime, until: str
) -> None:
    place = ZoneInfo(zone)

    shown = POLICY.terms(
        start=start.replace(tzinfo=place),
        zone=place,
        total=Decimal(1),
        deposit=Decimal(0),
        currency="COP",
    )

    assert shown["cancellation"]["free_until"] == until


def test_rounding_up_to_whole_pesos_never_gives_back_more_than_was_paid() -> None:
    decision = frozen(POLICY).cancellation(now=START - 2 * DAY, paid=Decimal("48000.50"))

    assert (decision.credit, decision.kept) == (Decimal("48000.50"), 0)


def test_a_currency_with_cents_is_rounded_to_the_cent() -> None:
    policy = replace(POLICY, late_cancellation_credit_percent=Decimal("33.33"))
    terms = replace(frozen(policy), currency="USD")

    decision = terms.cancellation(now=START, paid=Decimal("10.01"))

    assert decision.credit == Decimal("3.34")
    assert floor(decision.credit * 100) + floor(decision.kept * 100) == 1001
