"""Pure rules of credit: which lots pay, when one ends, when its owner is told."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finances.domain.credit import Available, ends_at, last_day_of, next_notice, spread

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
BOGOTA = ZoneInfo("America/Bogota")
amounts = st.integers(0, 500).map(lambda thousands: Decimal(thousands * 1000))
lots = st.lists(
    st.builds(
        Available,
        lot_id=st.uuids(),
        remaining=amounts,
        expires_at=st.integers(1, 400).map(lambda days: NOON + timedelta(days=days)),
    ),
    max_size=8,
    unique_by=lambda lot: lot.lot_id,
)


@given(lots=lots, up_to=st.integers(-5, 900).map(lambda thousands: Decimal(thousands * 1000)))
def test_na_21_lots_give_no_more_than_they_have_or_is_asked_for(
    lots: list[Available], up_to: Decimal
) -> None:
    parts = dict(spread(lots, up_to=up_to))

    have = {lot.lot_id: lot.remaining for lot in lots}
    assert all(0 < part <= have[lot_id] for lot_id, part in parts.items())
    assert sum(parts.values()) == max(min(sum(have.values()), up_to), 0)


@given(lots=lots, up_to=amounts)
def test_what_ends_first_is_spent_first(lots: list[Available], up_to: Decimal) -> None:
    parts = dict(spread(lots, up_to=up_to))

    kept = [lot for lot in lots if parts.get(lot.lot_id, 0) < lot.remaining]
    if kept and parts:
        first_kept = min(lot.expires_at for lot in kept)
        assert all(lot.expires_at <= first_kept for lot in lots if lot.lot_id in parts)


def test_equal_ends_are_spent_in_the_order_of_their_ids() -> None:
    twins = [Available(UUID(int=number), Decimal(5), NOON) for number in (2, 1)]

    assert spread(twins, up_to=Decimal(7)) == [
        (UUID(int=1), Decimal(5)),
        (UUID(int=2), Decimal(2)),
    ]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-12-01T17:00:00+00:00", "2026-12-09T00:00:00-05:00"),
        # Still yesterday in Bogotá.
        ("2026-12-02T04:59:00+00:00", "2026-12-09T00:00:00-05:00"),
        ("2026-12-02T05:00:00+00:00", "2026-12-10T00:00:00-05:00"),
    ],
)
def test_credit_is_good_to_the_end_of_its_last_local_day(now: str, end: str) -> None:
    expires_at = ends_at(now=datetime.fromisoformat(now), days=7, zone=BOGOTA)

    assert expires_at.isoformat() == end
    assert last_day_of(expires_at, BOGOTA) == expires_at.date() - timedelta(days=1)


@given(
    now=st.integers(0, 15 * 365 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    days=st.integers(1, 3650),
    zone=st.sampled_from(["America/Bogota", "Europe/Madrid", "America/Santiago"]),
)
def test_credit_lasts_at_least_its_days_and_less_than_one_more(
    now: datetime, days: int, zone: str
) -> None:
    lasts = ends_at(now=now, days=days, zone=ZoneInfo(zone)) - now

    # An hour either way where the clock changes in between.
    assert timedelta(days=days, hours=-1) < lasts <= timedelta(days=days + 1, hours=1)


@pytest.mark.parametrize(
    ("age", "following"), [(0, 335), (335, 358), (336, 358), (358, None), (365, None)]
)
def test_owners_are_told_30_and_7_days_before_and_never_for_what_was_missed(
    age: int, following: int | None
) -> None:
    ends = NOON + timedelta(days=365)

    notice = next_notice(expires_at=ends, now=NOON + timedelta(days=age), days_before=(30, 7))

    assert notice == (None if following is None else NOON + timedelta(days=following))
