"""From a payer's attempt to a booked payment, over HTTP on both sides (FIN-02, FIN-03, FIN-13)."""

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.inbox import process_due
from core.models import AuditEntry, DeliveryStatus, InboxMessage
from core.testing import process_inbox
from finances.models import LedgerEntry, LedgerTransaction, Payment, PaymentAttempt
from finances.selectors.ledger import get_credit, verify
from finances.steps.payments import expire_payments
from finances.tests.books import books
from finances.tests.payables import KIND, FakePayable
from finances.tests.wires import PROPERTIES, Wire, at, event_about, forge
from finances.types import Allocation

ACCEPTED = {"gateway_clearing": Decimal("48000.00"), "deposits_held": Decimal("-48000.00")}
CREDITED = {"gateway_clearing": Decimal("48000.00"), "client_credit": Decimal("-48000.00")}
TOO_LATE = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")


def expire(payment: Payment) -> None:
    with transaction.atomic():
        expire_payments(payable_kind=KIND, payable_ids=[payment.payable_id], now=timezone.now())


def test_an_approved_attempt_settles_the_payment_once(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.deliver(wire.pay(payment))

    payment.refresh_from_db()
    attempt = PaymentAttempt.objects.get()
    assert (payment.status, payment.allocation) == ("approved", "accepted")
    assert payment.decided_by == attempt.gateway_id
    assert payment.paid_at is not None
    assert attempt.booked_at is not None
    assert [(told.payment_id, told.amount) for told in payable.told] == [
        (payment.pk, Decimal("48000.00"))
    ]
    assert books() == ACCEPTED
    assert verify() == []


def test_a_refusal_and_another_try_under_the_same_reference(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.deliver(wire.pay(payment, "DECLINED"))
    payment.refresh_from_db()
    assert (payment.status, payable.told, books()) == ("declined", [], {})

    wire.deliver(wire.pay(payment))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert len(payable.told) == 1
    assert sorted(payment.attempts.values_list("status", flat=True)) == ["approved", "declined"]
    assert books() == ACCEPTED


@pytest.mark.parametrize("seed", range(4))
def test_na_25_every_event_five_times_in_any_order_settles_once(
    wire: Wire, payment: Payment, payable: FakePayable, seed: int
) -> None:
    wire.pay(payment, "DECLINED")
    wire.pay(payment)
    copies = wire.events(payment) * 5
    random.Random(seed).shuffle(copies)

    for body in copies:
        wire.deliver(body)

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert len(payable.told) == 1
    assert LedgerTransaction.objects.count() == 1
    assert books() == ACCEPTED


def test_na_25_repeats_signed_at_other_times_settle_once(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    body = wire.pay(payment)
    stamp = json.loads(body)["timestamp"]

    wire.deliver(body, *(at(body, stamp + later) for later in (1, 1800, 10_800)))

    assert InboxMessage.objects.filter(status=DeliveryStatus.DONE).count() == 4
    assert len(payable.told) == 1
    assert books() == ACCEPTED


def test_na_25_age_alone_never_rejects_an_event(wire: Wire, payment: Payment) -> None:
    wire.deliver(at(wire.pay(payment), 1_000_000_000))

    payment.refresh_from_db()
    assert payment.status == "approved"


def test_na_25_an_older_event_changes_nothing(wire: Wire, payment: Payment) -> None:
    refused = wire.pay(payment, "DECLINED")
    failed = wire.pay(payment, "ERROR")
    stamp = json.loads(failed)["timestamp"]
    wire.deliver(failed)

    wire.deliver(at(refused, stamp - 60))

    payment.refresh_from_db()
    assert payment.status == "error"
    assert payment.attempts.get().status == "error"


def test_na_24_an_approval_the_gateway_confirms_is_never_old(wire: Wire, payment: Payment) -> None:
    refused = wire.pay(payment, "DECLINED")
    approved = wire.pay(payment)
    stamp = json.loads(refused)["timestamp"]
    wire.deliver(refused)

    wire.deliver(at(approved, stamp - 60))

    payment.refresh_from_db()
    assert payment.status == "approved"


def test_na_25_a_refusal_after_the_approval_changes_nothing(wire: Wire, payment: Payment) -> None:
    refused = wire.pay(payment, "DECLINED")
    wire.deliver(wire.pay(payment))

    wire.deliver(at(refused, json.loads(refused)["timestamp"] + 3600))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert books() == ACCEPTED


def refuse_for_review(payment: Payment, payable: FakePayable, field: str) -> None:
    """The payment was flagged and audited, and no money was believed."""
    payment.refresh_from_db()
    assert payment.status == "flagged"
    assert payable.told == []
    assert books() == {}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("finances.payment.mismatch", str(payment.pk))
    assert field in entry.facts


@pytest.mark.parametrize(
    ("what", "field"),
    [({"amount_in_cents": 4_799_900}, "amount"), ({"currency": "USD"}, "currency")],
)
def test_na_25_what_the_gateway_took_must_be_what_was_owed(
    wire: Wire, payment: Payment, payable: FakePayable, what: dict[str, Any], field: str
) -> None:
    wire.deliver(wire.pay(payment, **({"amount_in_cents": 4_800_000} | what)))

    refuse_for_review(payment, payable, field)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"amount_in_cents": ...}, "amount"),
        ({"amount_in_cents": 100}, "amount"),
        ({"amount_in_cents": None}, "amount"),
        ({"currency": ...}, "currency"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_na_25_an_event_must_say_the_amount_and_the_currency_that_were_owed(
    wire: Wire, payment: Payment, payable: FakePayable, told: dict[str, Any], field: str
) -> None:
    genuine = wire.pay(payment)

    wire.deliver(forge(genuine, properties=PROPERTIES[:2], **told))

    refuse_for_review(payment, payable, field)


def test_na_25_a_genuine_event_replayed_with_another_reference_settles_nobody_elses(
    wire: Wire, open_one: Any, payable: FakePayable
) -> None:
    paid, coveted = open_one(), open_one()
    swapped = forge(wire.pay(paid), sign=False, reference=coveted.reference)

    wire.deliver(swapped)

    for payment in (paid, coveted):
        payment.refresh_from_db()
    assert (paid.status, coveted.status) == ("approved", "pending")
    assert [told.payment_id for told in payable.told] == [paid.pk]
    entry = AuditEntry.objects.get()
    assert entry.action == "finances.payment.reference-swapped"
    assert entry.facts["claimed"] == coveted.reference


def test_na_22_a_signed_event_of_a_transaction_the_gateway_does_not_know_settles_nothing(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.deliver(event_about("12345-1-1", payment))

    payment.refresh_from_db()
    kept = InboxMessage.objects.get()
    assert (payment.status, payable.told, books()) == ("pending", [], {})
    assert (kept.status, kept.attempts) == (DeliveryStatus.PENDING, 1)
    assert "FIN-TRANSACTION-NOT-FOUND" in kept.last_error


def test_what_an_event_does_not_sign_is_looked_up(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    genuine = wire.pay(payment, "DECLINED")

    wire.deliver(forge(genuine, properties=["transaction.id"], status="APPROVED"))

    payment.refresh_from_db()
    assert (payment.status, payable.told) == ("declined", [])


def test_an_event_of_a_reference_that_is_not_ours_is_acknowledged(
    wire: Wire, payment: Payment
) -> None:
    wire.sandbox.pay("OTRA-TIENDA-1", "APPROVED", amount_in_cents=4_800_000)
    found = wire.sandbox._call("GET", "webhooks", params={"subject": "OTRA-TIENDA-1"})

    wire.deliver(found["webhooks"][0]["body"].encode())

    assert InboxMessage.objects.get().status == DeliveryStatus.DONE
    assert not PaymentAttempt.objects.exists()


def test_na_24_a_gateway_that_is_down_postpones_the_event_which_later_settles(
    wire: Wire, payment: Payment
) -> None:
    body = wire.pay(payment)
    wire.sandbox.faults("wompi", "down")
    wire.deliver(body)
    payment.refresh_from_db()
    kept = InboxMessage.objects.get()
    assert (payment.status, kept.status, kept.attempts) == ("pending", DeliveryStatus.PENDING, 1)

    wire.sandbox.faults("wompi", "off")
    process_due(now=timezone.now() + timedelta(minutes=5))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert InboxMessage.objects.get().status == DeliveryStatus.DONE


def test_na_25_a_payable_that_fails_takes_everything_back_and_is_tried_again(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    payable.failure = RuntimeError("a bug above")
    wire.deliver(wire.pay(payment))
    payment.refresh_from_db()
    assert (payment.status, books()) == ("pending", {})
    assert not PaymentAttempt.objects.exists()
    assert "a bug above" in InboxMessage.objects.get().last_error

    payable.failure = None
    process_due(now=timezone.now() + timedelta(minutes=5))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert books() == ACCEPTED


def test_one_failing_payment_of_a_batch_does_not_hold_up_the_others(
    wire: Wire, open_one: Any, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, fine = payments = [open_one() for _ in range(3)]
    honest = payable.settle

    def settle(**told: Any) -> Sequence[Allocation]:
        if bad.pk in {paid.payment_id for paid in told["paid"]}:
            raise RuntimeError("a bug above")
        return honest(**told)

    monkeypatch.setattr(payable, "settle", settle)
    wire.deliver(*(wire.pay(payment) for payment in payments))

    found = {p.pk: p.status for p in Payment.objects.all()}
    assert found == {good.pk: "approved", bad.pk: "pending", fine.pk: "approved"}


@pytest.mark.parametrize(
    ("answer", "allocation", "expected"),
    [
        (Allocation.accepted(branch="retaken"), "accepted", ACCEPTED),
        (TOO_LATE, "credited", CREDITED),
    ],
)
def test_na_23_money_after_the_end_is_settled_by_the_payables_answer(
    wire: Wire,
    payment: Payment,
    payable: FakePayable,
    answer: Allocation,
    allocation: str,
    expected: dict[str, Decimal],
) -> None:
    body = wire.pay(payment)
    expire(payment)
    payment.refresh_from_db()
    assert payment.status == "expired"
    payable.answer = answer

    wire.deliver(body)

    payment.refresh_from_db()
    assert (payment.status, payment.allocation) == ("approved", allocation)
    assert books() == expected
    credit = get_credit(client_id=payment.client_id, currency="COP")
    assert credit == -expected.get("client_credit", Decimal(0))
    assert verify() == []


def test_an_approved_payment_must_say_by_what_and_for_whom(payment: Payment) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(status="approved")


def test_settling_a_batch_costs_no_statement_per_payment(
    wire: Wire, open_one: Any, django_assert_max_num_queries: Any
) -> None:
    bodies = [wire.pay(open_one()) for _ in range(20)]
    for body in bodies:
        wire.post(body)

    # Two transactions, the lease, the locks, one write each, the receipts: nothing per payment.
    with django_assert_max_num_queries(20):
        process_inbox()

    assert Payment.objects.filter(status="approved").count() == 20


def test_batches_lock_payments_in_one_order(wire: Wire, open_one: Any) -> None:
    payments = sorted((open_one() for _ in range(4)), key=lambda p: p.pk, reverse=True)
    for payment in payments:
        wire.post(wire.pay(payment))

    with CaptureQueriesContext(connection) as queries:
        process_inbox()

    statements = [query["sql"] for query in queries if '"finances_payment"' in query["sql"]]
    locking = [sql for sql in statements if "FOR NO KEY UPDATE" in sql]
    assert len(locking) == 1
    assert 'ORDER BY "finances_payment"."id" ASC FOR' in locking[0]


def test_the_pairs_of_every_movement_name_their_owner(wire: Wire, payment: Payment) -> None:
    wire.deliver(wire.pay(payment))

    owners = dict(LedgerEntry.objects.values_list("account_id", "party"))
    assert owners == {"gateway_clearing": None, "deposits_held": payment.client_id}
