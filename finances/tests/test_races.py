"""Real threads on real connections: money enters once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models.query import QuerySet
from django.utils import timezone

from core.db import fetch
from core.testing import race, rounds
from finances.domain.sightings import Sighting
from finances.gateways.current import gateway
from finances.models import LedgerEntry, LedgerTransaction, Payment, PaymentAttempt
from finances.selectors.ledger import verify
from finances.services.polling import poll_next
from finances.steps.payments import expire_payments
from finances.steps.settlement import settle
from finances.tests.payables import KIND, FakePayable
from finances.tests.wires import Wire

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8


def attempt_exists() -> list[str]:
    """What holds a movement to an attempt that is there: each worker kept one of its own."""
    found = fetch(
        "SELECT conname FROM pg_constraint WHERE contype = 'f'"
        " AND conrelid = 'finances_ledgertransaction'::regclass"
        " AND confrelid = 'finances_paymentattempt'::regclass"
    )
    return [name for (name,) in found]


def settle_once(sighting: Sighting) -> None:
    with transaction.atomic():
        settle([sighting], now=timezone.now())


def test_eight_workers_with_one_event_book_it_once(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.pay(payment)
    sighting = Sighting(gateway().find_by_reference(payment.reference)[0])

    outcomes = race([partial(settle_once, sighting)] * RIVALS)

    assert outcomes == [None] * RIVALS
    assert len(payable.told) == 1
    assert LedgerTransaction.objects.count() == 1
    assert PaymentAttempt.objects.count() == 1


@pytest.fixture
def no_locks(all_read_first: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks a row any more, and nobody writes before all have read."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())


def test_without_the_lock_the_database_still_books_it_once(
    wire: Wire, payment: Payment, payable: FakePayable, no_locks: None
) -> None:
    """The control: the race is real, and the constraints are the last word."""
    wire.pay(payment)
    sighting = Sighting(gateway().find_by_reference(payment.reference)[0])

    outcomes = race([partial(settle_once, sighting)] * RIVALS)

    losers = [type(outcome).__name__ for outcome in outcomes if outcome is not None]
    assert losers == ["IntegrityError"] * (RIVALS - 1)
    assert LedgerTransaction.objects.count() == 1
    assert verify() == []


def test_control_without_lock_and_constraint_each_worker_books_it(
    wire: Wire, payment: Payment, payable: FakePayable, no_locks: None, drop: Any
) -> None:
    wire.pay(payment)
    sighting = Sighting(gateway().find_by_reference(payment.reference)[0])
    drop("finances_ledgertransaction", *attempt_exists())

    outcomes = race([partial(settle_once, sighting)] * RIVALS)

    assert outcomes == [None] * RIVALS
    assert len(payable.told) == LedgerTransaction.objects.count() == RIVALS


def test_the_webhook_the_poller_and_the_expiry_meet_and_one_settles(
    wire: Wire, open_one: Callable[..., Payment], payable: FakePayable
) -> None:
    now = timezone.now()
    payments = [open_one(now=now - timedelta(minutes=3)) for _ in rounds(few=2, many=20)]
    for payment in payments:
        wire.post(wire.pay(payment))

        def expire(payable_id: Any = payment.payable_id) -> None:
            with transaction.atomic():
                expire_payments(payable_kind=KIND, payable_ids=[payable_id], now=timezone.now())

        outcomes = race([wire.work, wire.work, partial(poll_next, now=timezone.now()), expire])

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        payment.refresh_from_db()
        assert payment.status == "approved"
    assert len(payable.told) == len(payments)
    assert LedgerEntry.objects.count() == 2 * len(payments)
    assert verify() == []


def test_batches_that_meet_the_same_payments_in_other_orders_do_not_deadlock(
    wire: Wire, open_one: Callable[..., Payment], payable: FakePayable
) -> None:
    payments = [open_one() for _ in range(6)]
    for payment in payments:
        wire.pay(payment)
    seen = [Sighting(gateway().find_by_reference(p.reference)[0]) for p in payments]

    def batch(sightings: list[Sighting]) -> None:
        with transaction.atomic():
            settle(sightings, now=timezone.now())

    outcomes = race([partial(batch, seen), partial(batch, seen[::-1])] * 4)

    assert outcomes == [None] * 8
    assert len(payable.told) == 6


def test_expiring_skips_a_payment_that_is_being_settled(
    wire: Wire, payment: Payment, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two lock in opposite orders: if one waited for the other, they would deadlock."""
    wire.pay(payment)
    sighting = Sighting(gateway().find_by_reference(payment.reference)[0])
    honest = payable.settle

    def settle_while_somebody_expires(**told: Any) -> Any:
        def expire() -> None:
            with transaction.atomic():
                expire_payments(
                    payable_kind=KIND, payable_ids=[payment.payable_id], now=timezone.now()
                )

        assert race([expire]) == [None]
        return honest(**told)

    monkeypatch.setattr(payable, "settle", settle_while_somebody_expires)
    settle_once(sighting)

    payment.refresh_from_db()
    assert payment.status == "approved"
