"""Money the gateway took back at its own desk (FIN-03)."""

import json
from decimal import Decimal

from core.models import AuditEntry
from finances.models import Payment
from finances.selectors.ledger import verify
from finances.tests.books import books
from finances.tests.payables import FakePayable
from finances.tests.wires import Wire, at


def test_a_void_at_the_gateways_desk_takes_the_money_out_of_the_books(
    wire: Wire, payment: Payment
) -> None:
    wire.deliver(wire.pay(payment))

    wire.deliver(wire.pay(payment, "VOIDED"))

    payment.refresh_from_db()
    assert payment.status == "voided"
    assert set(books().values()) == {Decimal(0)}
    assert AuditEntry.objects.get().action == "finances.payment.voided"
    assert verify() == []


def test_a_void_the_gateway_confirms_is_never_old(wire: Wire, payment: Payment) -> None:
    refused = wire.pay(payment, "DECLINED")
    wire.deliver(wire.pay(payment))
    void = wire.pay(payment, "VOIDED")
    # The event of another attempt overtakes it.
    wire.deliver(at(refused, json.loads(void)["timestamp"] + 60))

    wire.deliver(void)

    payment.refresh_from_db()
    assert payment.status == "voided"
    assert set(books().values()) == {Decimal(0)}
    assert verify() == []


def test_a_void_that_arrives_before_its_approval_books_nothing(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.pay(payment)
    wire.deliver(wire.pay(payment, "VOIDED"))
    wire.deliver(*wire.events(payment))

    payment.refresh_from_db()
    assert (payment.status, payable.told, books()) == ("declined", [], {})
