"""Payments whose webhook never came (FIN-03, NA-24, NA-27)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import ProviderUnavailable
from finances.models import FinanceSettings, LedgerEntry, Payment
from finances.services.polling import poll_next
from finances.steps.payments import expire_payments
from finances.tests.payables import KIND, FakePayable
from finances.tests.wires import Wire
from finances.types import Allocation

NOW = timezone.now()


def minutes(number: float) -> Any:
    return timedelta(minutes=number)


def poll_all(now: Any) -> int:
    """The poller's round; how many payments it looked at."""
    looks = 0
    while poll_next(now=now):
        looks += 1
    return looks


def test_a_lost_webhook_is_made_good_by_the_poller(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.pay(payment, "DECLINED", deliver=True)
    wire.pay(payment)

    poll_all(payment.opened_at + minutes(2))

    payment.refresh_from_db()
    assert (payment.status, payment.next_poll_at) == ("approved", None)
    assert len(payable.told) == 1
    assert sorted(payment.attempts.values_list("status", flat=True)) == ["approved", "declined"]


def test_a_webhook_after_the_poller_changes_nothing(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    body = wire.pay(payment)
    poll_all(payment.opened_at + minutes(2))

    wire.deliver(body)

    assert len(payable.told) == 1
    assert LedgerEntry.objects.count() == 2


def test_the_first_look_is_after_two_minutes_and_the_others_by_the_settings(
    sandbox: Any, payment: Payment
) -> None:
    opened = payment.opened_at
    looks = [
        poll_all(opened + minutes(age)) for age in (1.9, 2, 2.1, 4.9, 5, 14, 15, 59, 60, 61, 120)
    ]

    assert looks == [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1]


def test_nothing_is_asked_after_48_hours(sandbox: Any, payment: Payment) -> None:
    assert poll_all(payment.opened_at + timedelta(hours=48)) == 1
    assert poll_all(payment.opened_at + timedelta(hours=49)) == 0


@pytest.mark.parametrize("answer", [Allocation.accepted(branch="retaken"), None])
def test_na_23_the_poller_also_finds_money_for_what_has_expired_here(
    wire: Wire, payment: Payment, payable: FakePayable, answer: Allocation | None
) -> None:
    payable.answer = answer or Allocation.credited(branch="taken", reason="ya estaba ocupado")
    wire.pay(payment)
    with transaction.atomic():
        expire_payments(payable_kind=KIND, payable_ids=[payment.payable_id], now=timezone.now())

    poll_all(payment.opened_at + minutes(2))

    payment.refresh_from_db()
    assert payment.status == "approved"
    assert payment.allocation == payable.answer.fate


def test_na_24_a_gateway_that_is_down_ends_nothing_and_is_asked_again_at_once(
    wire: Wire, payment: Payment
) -> None:
    wire.pay(payment)
    wire.sandbox.faults("wompi", "down")
    later = payment.opened_at + minutes(2)
    assert poll_all(later) == 0
    payment.refresh_from_db()
    assert payment.status == "pending"

    wire.sandbox.faults("wompi", "off")
    assert poll_all(later + timedelta(seconds=30)) == 1

    payment.refresh_from_db()
    assert payment.status == "approved"


def test_a_payment_that_cannot_be_settled_holds_up_nobody(
    wire: Wire, open_one: Any, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = open_one(now=NOW - minutes(1)), open_one(now=NOW)
    for payment in (bad, good):
        wire.pay(payment)
    honest = payable.settle

    def settle(**told: Any) -> Sequence[Allocation]:
        if bad.pk in {paid.payment_id for paid in told["paid"]}:
            raise RuntimeError("a bug above")
        return honest(**told)

    monkeypatch.setattr(payable, "settle", settle)
    with pytest.raises(RuntimeError, match="a bug above"):
        poll_all(NOW + minutes(2))
    poll_all(NOW + minutes(2))

    good.refresh_from_db()
    assert good.status == "approved"


def test_a_payment_over_whose_time_nobody_paid_is_closed(sandbox: Any, open_one: Any) -> None:
    payment = open_one(now=NOW, minutes=20)

    poll_all(NOW + minutes(15))
    payment.refresh_from_db()
    assert payment.status == "pending"
    poll_all(NOW + minutes(60))

    payment.refresh_from_db()
    assert payment.status == "expired"


def test_a_payment_under_way_at_the_gateway_stays_open(wire: Wire, open_one: Any) -> None:
    payment = open_one(now=NOW, minutes=20)
    wire.sandbox.pay(payment.reference, "PENDING", amount_in_cents=4_800_000, deliver=False)

    poll_all(NOW + minutes(60))

    payment.refresh_from_db()
    assert payment.status == "pending"
    assert payment.attempts.get().status == "pending"


def test_na_27_the_poller_asks_by_reference(
    wire: Wire, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def by_id(self: Any, transaction_id: str) -> None:
        asked.append(transaction_id)
        raise ProviderUnavailable

    monkeypatch.setattr("finances.gateways.wompi.WompiGateway.find_by_id", by_id)
    wire.pay(payment)

    poll_all(payment.opened_at + minutes(2))

    payment.refresh_from_db()
    assert (asked, payment.status) == ([], "approved")


def test_expiring_waits_for_nobody_and_closes_only_what_could_be_paid(
    payment: Payment, open_one: Any, django_assert_num_queries: Any
) -> None:
    settled = open_one()
    Payment.objects.filter(pk=settled.pk).update(
        status="approved", decided_by="1", allocation="accepted", paid_at=timezone.now()
    )

    with transaction.atomic(), django_assert_num_queries(1):
        expire_payments(
            payable_kind=KIND,
            payable_ids=[payment.payable_id, settled.payable_id],
            now=timezone.now(),
        )

    found = dict(Payment.objects.values_list("pk", "status"))
    assert found == {payment.pk: "expired", settled.pk: "approved"}


@pytest.mark.parametrize(
    "numbers",
    [
        {"first_look_minutes": 0},
        {"second_look_minutes": 2},
        {"fourth_look_minutes": 15},
        {"later_looks_every_minutes": 0},
        {"last_look_hours": 1},
        {"last_look_hours": 10_000},
    ],
)
def test_a_rhythm_that_does_not_grow_is_refused(db: None, numbers: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        FinanceSettings(**numbers).full_clean()

    assert not FinanceSettings.objects.exists()


def test_there_is_one_row_of_rules(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FinanceSettings(id=2).save()


@pytest.mark.parametrize("what", [{"amount_in_cents": 4_799_900}, {"currency": "USD"}])
def test_na_25_what_the_poller_finds_must_be_what_was_owed_too(
    wire: Wire, payment: Payment, payable: FakePayable, what: dict[str, Any]
) -> None:
    wire.pay(payment, **({"amount_in_cents": 4_800_000} | what))

    poll_all(payment.opened_at + minutes(2))

    payment.refresh_from_db()
    assert (payment.status, payable.told) == ("flagged", [])
    assert not LedgerEntry.objects.exists()
