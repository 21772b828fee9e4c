"""Payments decided together: each ends as if it had come alone, and none costs more (FIN-03)."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEntry, OutboxMessage
from core.selectors.settings import get_settings
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.models import FinanceSettings, LedgerEntry, Payment
from finances.registry import register_payable
from finances.selectors.ledger import verify
from finances.steps.settlement import settle
from finances.tests.payables import KIND, FakePayable
from finances.types import Allocation, Settled

OTHER_KIND = "tests.another-thing"
OTHER = FakePayable()
register_payable(OTHER_KIND, OTHER)

Open = Callable[..., Payment]


def seen(
    payment: Payment, status: Status = Status.APPROVED, *, attempt: int = 1, amount: str = "48000"
) -> Sighting:
    """What the gateway says of one attempt at a payment."""
    return Sighting(
        GatewayTransaction(
            id=f"{payment.reference}-{attempt}",
            reference=payment.reference,
            status=status,
            amount=Decimal(amount),
            currency="COP",
            method="CARD",
            finalized_at=timezone.now(),
        )
    )


def settle_together(*sightings: Sighting) -> None:
    with transaction.atomic():
        settle(sightings, now=timezone.now())


def books() -> dict[str, Decimal]:
    """What each account holds, debits positive, in thousands."""
    found: dict[str, Decimal] = {}
    for account, amount in LedgerEntry.objects.values_list("account_id", "amount"):
        found[account] = found.get(account, Decimal(0)) + amount / 1000
    return found


def test_a_payable_is_asked_once_about_a_batch_in_its_order(
    open_one: Open, payable: FakePayable
) -> None:
    payments = [open_one() for _ in range(5)]
    payments.reverse()

    settle_together(*(seen(payment) for payment in payments))

    assert payable.asked == 1
    assert [told.payment_id for told in payable.told] == [payment.pk for payment in payments]
    assert books() == {"gateway_clearing": 240, "deposits_held": -240}


def test_each_payment_of_a_batch_gets_its_own_answer(
    open_one: Open, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, late, last = payments = [open_one() for _ in range(3)]

    def answer(*, paid: Sequence[Settled], **_: Any) -> list[Allocation]:
        gone = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")
        return [gone if p.payment_id == late.pk else Allocation.accepted() for p in paid]

    monkeypatch.setattr(payable, "settle", answer)
    settle_together(*(seen(payment) for payment in payments))

    found = dict(Payment.objects.values_list("pk", "allocation"))
    assert found == {first.pk: "accepted", late.pk: "credited", last.pk: "accepted"}
    assert books() == {"gateway_clearing": 144, "deposits_held": -96, "client_credit": -48}
    credited = OutboxMessage.objects.get(topic="finances.payment.credited.v1")
    assert credited.aggregate == str(late.pk)


def test_an_answer_too_few_settles_nothing(
    open_one: Open, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments = [open_one() for _ in range(2)]
    monkeypatch.setattr(payable, "settle", lambda **_: [Allocation.accepted()])

    with pytest.raises(ValueError, match="shorter"):
        settle_together(*(seen(payment) for payment in payments))

    assert set(Payment.objects.values_list("status", flat=True)) == {"pending"}
    assert books() == {}


def test_a_second_approval_in_the_batch_finds_the_payment_settled(
    payment: Payment, payable: FakePayable
) -> None:
    settle_together(seen(payment), seen(payment, attempt=2))

    payment.refresh_from_db()
    assert (payment.status, payment.allocation) == ("approved", "accepted")
    assert payment.decided_by == f"{payment.reference}-1"
    assert len(payable.told) == 1
    assert books() == {"gateway_clearing": 96, "deposits_held": -48, "client_credit": -48}
    assert verify() == []


def test_an_approval_and_its_void_in_one_batch_leave_the_books_empty(
    open_one: Open, payable: FakePayable
) -> None:
    payment, other = open_one(), open_one()

    settle_together(seen(payment), seen(other), seen(payment, Status.VOIDED))

    payment.refresh_from_db()
    assert payment.status == "voided"
    # Out of the account it went to, not out of somebody's credit.
    assert books() == {"gateway_clearing": 48, "deposits_held": -48}
    assert AuditEntry.objects.get().action == "finances.payment.voided"
    assert len(payable.told) == 2
    assert verify() == []


def test_a_contradiction_after_the_approval_in_the_batch_cannot_unsettle_it(
    payment: Payment, payable: FakePayable
) -> None:
    settle_together(seen(payment), seen(payment, attempt=2, amount="1"))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert AuditEntry.objects.get().action == "finances.payment.mismatch"
    assert books() == {"gateway_clearing": 48, "deposits_held": -48}


def test_kinds_are_asked_in_one_order_whatever_came_first(
    open_one: Open, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing, other = open_one(), open_one()
    Payment.objects.filter(pk=other.pk).update(payable_kind=OTHER_KIND)
    asked: list[str] = []

    def note(kind: str, honest: Callable[..., Any], **told: Any) -> Any:
        asked.append(kind)
        return honest(**told)

    for kind, one in ((KIND, payable), (OTHER_KIND, OTHER)):
        monkeypatch.setattr(one, "settle", partial(note, kind, one.settle))
    settle_together(seen(thing), seen(other))

    assert asked == [OTHER_KIND, KIND]
    assert set(Payment.objects.values_list("status", flat=True)) == {"approved"}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (Status.APPROVED, Allocation.accepted()),
        (Status.APPROVED, Allocation.credited(branch="taken", reason="ya no está")),
        (Status.DECLINED, Allocation.accepted()),
    ],
)
def test_twenty_payments_cost_the_statements_of_one(
    open_one: Open, payable: FakePayable, status: Status, answer: Allocation
) -> None:
    payable.answer = answer
    get_settings(FinanceSettings)  # read once, kept for a minute: no part of what a batch costs
    costs = []

    for number in (1, 20):
        sightings = [seen(open_one(), status) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            settle_together(*sightings)
        costs.append(len(queries))

    assert costs[0] == costs[1]
