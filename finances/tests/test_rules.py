"""Pure rules: references, signatures, the state machine, the poller's rhythm, cents."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import from_cents, share_of, to_cents
from finances.domain.references import ALPHABET, reference_of
from finances.domain.schedule import next_look
from finances.domain.signatures import event_checksum, integrity_signature
from finances.domain.statuses import Status, may_become

BIRTH = datetime(2026, 12, 1, 15, tzinfo=UTC)


@given(st.uuids())
def test_a_reference_is_the_id_in_letters_the_gateway_takes(payment_id: UUID) -> None:
    reference = reference_of(payment_id)

    digits = [ALPHABET.index(letter) for letter in reference.removeprefix("SZ-")]
    assert len(digits) == 26
    assert sum(digit << 5 * place for place, digit in enumerate(reversed(digits))) == payment_id.int


@pytest.mark.parametrize(
    ("expiration_time", "expected"),
    [
        ("", "c1dcad63cccfaef43202f161d9ec308d763192353835a8c6b8531cd529a2b65d"),
        (
            "2026-12-01T15:30:00.000Z",
            "e59885d76313a686bb388bcba8645eb11945f57ca6707fe3fa819e01b49a8dcc",
        ),
    ],
)
def test_the_integrity_signature_is_the_providers(expiration_time: str, expected: str) -> None:
    signature = integrity_signature(
        reference="CITA-2026-000415",
        amount_in_cents=15_000_000,
        currency="COP",
        expiration_time=expiration_time,
        secret="test_integrity_EXAMPLEsecret01",
    )

    assert signature == expected


def test_the_event_checksum_is_the_providers() -> None:
    checksum = event_checksum(
        values=["12345-1767225600-54321", "APPROVED", 15_000_000],
        timestamp=1_767_225_605,
        secret="test_events_EXAMPLEsecret02",
    )

    assert checksum == "ebecd12651d89829473d42c624ece6688201cfff230502694b1eb88e86b62f88"


@given(st.lists(st.sampled_from(Status)))
def test_money_that_arrived_is_never_forgotten(wishes: list[Status]) -> None:
    status, was_approved = Status.PENDING, False
    for wish in wishes:
        if may_become(status, wish):
            status = wish
        was_approved = was_approved or status is Status.APPROVED

        assert not was_approved or status in {Status.APPROVED, Status.VOIDED}


def test_the_poller_looks_after_2_5_15_and_60_minutes_then_hourly_to_48_hours() -> None:
    ages = []
    moment: datetime | None = BIRTH
    while moment is not None:
        moment = next_look(
            opened_at=BIRTH, now=moment, first=(2, 5, 15, 60), every=60, last=48 * 60
        )
        if moment:
            ages.append(int((moment - BIRTH) / timedelta(minutes=1)))

    assert ages == [2, 5, 15, 60, *range(120, 48 * 60 + 1, 60)]


def test_a_poller_that_was_away_does_not_catch_up_look_by_look() -> None:
    moment = next_look(
        opened_at=BIRTH,
        now=BIRTH + timedelta(hours=10, minutes=30),
        first=(2, 5, 15, 60),
        every=60,
        last=48 * 60,
    )

    assert moment == BIRTH + timedelta(hours=11)


@given(
    st.decimals(min_value=1, max_value=10**9, places=2),
    st.decimals(min_value=1, max_value=100, places=2),
)
def test_na_20_a_deposit_is_the_same_to_the_cent_on_both_sides_of_the_wire(
    price: Decimal, percent: Decimal
) -> None:
    deposit = share_of(price, percent, "COP")

    assert from_cents(to_cents(deposit)) == deposit
    assert deposit == deposit.to_integral_value()
    assert abs(deposit - price * percent / 100) <= Decimal("0.5")


@pytest.mark.parametrize("cents", [4_800_000.0, "4800000", True, None])
def test_na_20_cents_that_are_no_whole_number_are_refused(cents: object) -> None:
    with pytest.raises(ValueError, match="whole number of cents"):
        from_cents(cents)
