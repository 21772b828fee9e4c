"""What follows from an attempt, and how a delivery's status may move."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.domain.outcomes import (
    Accepted,
    Attempt,
    Decision,
    Outcome,
    Pointless,
    Reference,
    Refused,
    Rules,
    Unavailable,
    Unknown,
    Verdict,
    decide,
    pause_after,
)
from notifications.domain.statuses import Channel, DeliveryStatus, is_progress

RULES = Rules(status_grace=timedelta(minutes=5), max_failures=8, tries_before_fallback=3)
BUSY = Refused("busy", Verdict.RETRY)


def attempt(
    channel: Channel, *, tries: int = 1, failures: int = 0, critical: bool = True
) -> Attempt:
    return Attempt(channel, tries, failures, critical)


WHATSAPP, SMS = Channel.WHATSAPP, Channel.SMS
FAILED, QUEUED = DeliveryStatus.FAILED, DeliveryStatus.QUEUED
CASES: list[tuple[str, Outcome, Attempt, Decision]] = [
    ("accepted", Accepted("wamid.1"), attempt(WHATSAPP), Decision(DeliveryStatus.SENT)),
    (
        "silence waits for the provider's word",
        Unknown(),
        attempt(SMS),
        Decision(DeliveryStatus.UNKNOWN, "no_answer", timedelta(minutes=5)),
    ),
    (
        "a number that is nobody's is dropped",
        Pointless(),
        attempt(WHATSAPP),
        Decision(DeliveryStatus.DROPPED, "nobodys_phone"),
    ),
    (
        "an absent provider is waited for",
        Unavailable(),
        attempt(WHATSAPP, tries=2),
        Decision(QUEUED, "provider_unavailable", timedelta(seconds=4)),
    ),
    (
        "a critical message goes around an absent provider",
        Unavailable(),
        attempt(WHATSAPP, tries=3),
        Decision(FAILED, "provider_unavailable", falls_back=True),
    ),
    (
        "a message that can wait waits",
        Unavailable(),
        attempt(WHATSAPP, tries=40, critical=False),
        Decision(QUEUED, "provider_unavailable", timedelta(minutes=5)),
    ),
    (
        "at the end of the chain everything waits for the provider",
        Unavailable(),
        attempt(SMS, tries=40),
        Decision(QUEUED, "provider_unavailable", timedelta(minutes=5)),
    ),
    (
        "a passing refusal is tried again",
        BUSY,
        attempt(SMS, failures=2),
        Decision(QUEUED, "busy", timedelta(seconds=8), counts_as_failure=True),
    ),
    (
        "a refusal that does not pass is given up aloud",
        BUSY,
        attempt(SMS, failures=7),
        Decision(FAILED, "gave_up", falls_back=True, alerts=True),
    ),
    (
        "a critical message leaves a busy channel sooner",
        BUSY,
        attempt(WHATSAPP, failures=2),
        Decision(FAILED, "gave_up", falls_back=True, alerts=True),
    ),
    (
        "not reachable there",
        Refused("gone", Verdict.FALL_BACK),
        attempt(WHATSAPP),
        Decision(FAILED, "gone", falls_back=True),
    ),
    (
        "ours to mend",
        Refused("bad", Verdict.FAIL, needs_us=True),
        attempt(WHATSAPP),
        Decision(FAILED, "bad", alerts=True),
    ),
]


@pytest.mark.parametrize(
    ("outcome", "tried", "decision"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_outcome_has_its_consequence(
    outcome: Outcome, tried: Attempt, decision: Decision
) -> None:
    assert decide(outcome, tried, RULES) == decision


@given(st.lists(st.sampled_from(DeliveryStatus), min_size=1))
def test_no_order_of_reports_moves_a_status_backwards(reports: list[DeliveryStatus]) -> None:
    status = DeliveryStatus.QUEUED
    arrived = False
    for report in reports:
        status = report if is_progress(status, report) else status
        arrived = arrived or report in {DeliveryStatus.DELIVERED, DeliveryStatus.READ}

        assert (status in {DeliveryStatus.DELIVERED, DeliveryStatus.READ}) == arrived


@given(st.integers(min_value=0, max_value=10**6))
def test_a_pause_grows_to_an_hour_and_no_further(times: int) -> None:
    assert timedelta(0) < pause_after(times) <= timedelta(hours=1)


@given(st.uuids(), st.integers(min_value=0, max_value=10**6))
def test_a_reference_survives_its_journey(delivery_id: object, number: int) -> None:
    reference = Reference(delivery_id, number)

    assert Reference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text", ["", "None", "appt-42", "00000000-0000-7000-8000-000000000000", "x.1"]
)
def test_a_string_that_is_not_ours_is_no_reference(text: str) -> None:
    assert Reference.parse(text) is None
