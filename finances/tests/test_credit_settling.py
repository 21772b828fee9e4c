"""Money at the gateway that becomes credit gets its lot, and loses it again with a void."""

from collections.abc import Callable
from uuid import UUID

import pytest

from finances.domain.statuses import Status
from finances.models import CreditLot, LedgerEntry, Payment
from finances.selectors.ledger import get_credit, verify
from finances.tests.credits import left, reserve, use
from finances.tests.payables import FakePayable
from finances.tests.test_batches import books, seen, settle_together
from finances.types import Allocation

Open = Callable[..., Payment]
THIS = UUID(int=1)
GONE = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")


@pytest.fixture
def late(open_one: Open, payable: FakePayable) -> Payment:
    """A payment whose visit could not be had any more: 48 000 of credit."""
    payable.answer = GONE
    payment = open_one()
    settle_together(seen(payment))
    return payment


def test_late_money_is_a_lot_that_can_be_spent(late: Payment) -> None:
    lot = CreditLot.objects.get()

    assert (lot.client_id, lot.reason) == (late.client_id, "el horario ya estaba ocupado")
    assert left(lot) == (48_000, 0)
    assert verify() == []


def test_na_21_money_that_came_twice_is_spent_once(open_one: Open, payable: FakePayable) -> None:
    payment = open_one()

    settle_together(seen(payment), seen(payment, attempt=2), seen(payment, attempt=2))

    lot = CreditLot.objects.get()
    assert (left(lot), lot.reason) == ((48_000, 0), "recibimos dos veces el mismo pago")
    assert verify() == []


def test_a_void_takes_the_credit_back(late: Payment) -> None:
    settle_together(seen(late, Status.VOIDED))

    lot = CreditLot.objects.get()
    assert (left(lot), lot.next_notice_at) == ((0, 0), None)
    assert books() == {"gateway_clearing": 0, "client_credit": 0}
    assert verify() == []


def test_a_void_of_credit_that_was_spent_is_owed_by_its_owner(late: Payment) -> None:
    client = late.client_id
    reserve(client, 30_000, THIS)
    use(THIS)

    settle_together(seen(late, Status.VOIDED))

    assert get_credit(client_id=client, currency="COP") == 0
    assert books() == {
        "gateway_clearing": 0,
        "client_credit": 0,
        "deposits_held": -30,
        "client_receivables": 30,
    }
    owed = LedgerEntry.objects.get(account="client_receivables")
    assert (owed.party, int(owed.amount)) == (client, 30_000)
    assert verify() == []


def test_a_void_leaves_alone_what_is_set_aside(late: Payment) -> None:
    reserve(late.client_id, 30_000, THIS)

    settle_together(seen(late, Status.VOIDED))

    assert left(CreditLot.objects.get()) == (0, 30_000)
    assert verify() == []
    use(THIS)
    assert books()["deposits_held"] == -30
    assert verify() == []


def test_credit_and_its_void_in_one_batch_leave_an_empty_lot(
    open_one: Open, payable: FakePayable
) -> None:
    payable.answer = GONE
    payment, other = open_one(), open_one()

    settle_together(seen(payment), seen(other), seen(payment, Status.VOIDED))

    lots = CreditLot.objects.order_by("remaining")
    assert [left(lot) for lot in lots] == [(0, 0), (48_000, 0)]
    assert books() == {"gateway_clearing": 48, "client_credit": -48}
    assert verify() == []


@pytest.mark.parametrize(
    ("kind", "account", "movement"),
    [
        ("deposit", "deposits_held", "deposit_received"),
        ("balance", "deposits_held", "payment_received"),
        ("class", "deposits_held", "payment_received"),
        ("series", "deposits_held", "payment_received"),
        ("package", "deferred_packages", "payment_received"),
    ],
)
def test_each_kind_of_payment_is_held_where_it_is_earned_from(
    open_one: Open, payable: FakePayable, kind: str, account: str, movement: str
) -> None:
    payment = open_one()
    Payment.objects.filter(pk=payment.pk).update(kind=kind)

    settle_together(seen(payment))

    assert books() == {"gateway_clearing": 48, account: -48}
    assert LedgerEntry.objects.get(account=account).transaction.kind == movement
    settle_together(seen(payment, Status.VOIDED))
    assert books() == {"gateway_clearing": 0, account: 0}
    assert verify() == []
