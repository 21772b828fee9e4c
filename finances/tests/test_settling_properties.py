"""Whatever comes, in whatever order: the books balance, and money settles once (FIN-03, FIN-04)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.testing import IS_DEEP
from finances.domain.sightings import Claim, GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.models import LedgerTransaction, Payment
from finances.selectors.ledger import verify
from finances.steps.payments import expire_payments
from finances.steps.settlement import settle
from finances.tests.payables import KIND, FakePayable
from finances.types import Allocation

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
RANK = {
    Status.PENDING: 0,
    Status.DECLINED: 1,
    Status.ERROR: 1,
    Status.EXPIRED: 2,
    Status.FLAGGED: 3,
    Status.APPROVED: 4,
    Status.VOIDED: 5,
}
OWED = Decimal("48000.00")


@dataclass(frozen=True)
class Told:
    """One thing that happens: the gateway speaks of one of three attempts, or time is up."""

    attempt: int
    status: Status
    minute: int | None
    is_right: bool
    is_time_up: bool


happenings = st.builds(
    Told,
    attempt=st.integers(1, 3),
    status=st.sampled_from(
        [Status.PENDING, Status.DECLINED, Status.ERROR, Status.APPROVED, Status.VOIDED]
    ),
    minute=st.none() | st.integers(0, 9),
    is_right=st.booleans() | st.just(True),
    is_time_up=st.just(False) | st.booleans(),
)
answers = st.sampled_from(
    [Allocation.accepted(), Allocation.credited(branch="taken", reason="ya estaba ocupado")]
)


def sighting_of(told: Told, payment: Payment) -> Sighting:
    amount = OWED if told.is_right else OWED - 1
    seen = GatewayTransaction(
        id=f"12345-1-{told.attempt}",
        reference=payment.reference,
        status=told.status,
        amount=amount,
        currency="COP",
        method="CARD",
        finalized_at=NOON,
    )
    if told.minute is None:
        return Sighting(seen)
    at = NOON + timedelta(minutes=told.minute)
    return Sighting(seen, Claim(at, payment.reference, amount, "COP"))


class Undo(Exception):
    """Ends an example; the next one starts from an empty payment."""


@settings(
    max_examples=300 if IS_DEEP else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(happened=st.lists(happenings, max_size=10), answer=answers)
def test_any_sequence_leaves_the_books_whole_and_settles_once(
    payment: Payment, payable: FakePayable, happened: list[Told], answer: Allocation
) -> None:
    payable.reset()
    payable.answer = answer
    rank = 0
    try:
        with transaction.atomic():
            for told in happened:
                _happen(told, payment)
                payment.refresh_from_db()
                _assert_whole(payment, payable)
                assert RANK[Status(payment.status)] >= rank
                rank = RANK[Status(payment.status)]
            raise Undo
    except Undo:
        payment.refresh_from_db()


def _happen(told: Told, payment: Payment) -> None:
    if told.is_time_up:
        expire_payments(payable_kind=KIND, payable_ids=[payment.payable_id], now=NOON)
        return
    settle([sighting_of(told, payment)], now=NOON)


def _assert_whole(payment: Payment, payable: FakePayable) -> None:
    assert [finding for finding in verify() if not finding.is_explained] == []
    assert len(payable.told) == (payment.allocation != "")
    received = LedgerTransaction.objects.exclude(kind="payment_voided")
    assert received.count() == payment.attempts.exclude(booked_at=None).count()
    assert payment.status != Status.FLAGGED or not received.exists()


def test_money_for_a_flagged_payment_waits_for_the_review(
    payment: Payment, payable: FakePayable
) -> None:
    odd = Told(1, Status.APPROVED, None, is_right=False, is_time_up=False)
    for told in (odd, replace(odd, attempt=2, is_right=True)):
        with transaction.atomic():
            _happen(told, payment)

    payment.refresh_from_db()
    assert (payment.status, payable.told) == ("flagged", [])
    assert not LedgerTransaction.objects.exists()
    assert [finding.is_explained for finding in verify()] == [True, True]


def test_a_second_approved_attempt_is_the_clients_credit(
    payment: Payment, payable: FakePayable
) -> None:
    first = Told(1, Status.APPROVED, None, is_right=True, is_time_up=False)
    for told in (first, replace(first, attempt=2), replace(first, attempt=2)):
        with transaction.atomic():
            _happen(told, payment)

    assert len(payable.told) == 1
    kinds: Any = LedgerTransaction.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["credit_received", "deposit_received"]
