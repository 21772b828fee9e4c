"""Money that goes back through the gateway, over its real HTTP (FIN-09)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import AuditEntry
from core.testing import deliver_outbox
from finances.models import CreditLot, Refund
from finances.selectors.ledger import verify
from finances.services.refunds import end_refund_by_hand, look_refund_up_again
from finances.tests.books import books
from finances.tests.credits import left
from finances.tests.payables import FakePayable
from finances.tests.refunding import WHOLE, Refunding, make_paid, work, work_on
from finances.tests.refunding import limit as limit
from finances.tests.refunding import paid as paid
from finances.tests.wires import Wire
from finances.types import Allocation
from notifications.models import Notification


def told(refund: Refund) -> list[str]:
    """Templates of what the client was told about the refund."""
    deliver_outbox()
    rows = Notification.objects.filter(person_id=refund.client_id, template__startswith="refund")
    return list(rows.values_list("template", flat=True))


def test_a_whole_card_payment_of_today_is_voided(paid: Refunding) -> None:
    refund = paid.ask()

    work()

    refund.refresh_from_db()
    paid.payment.refresh_from_db()
    assert (refund.state, refund.means, paid.gone()) == ("done", "void", WHOLE)
    assert (paid.payment.status, paid.attempt.status) == ("voided", "voided")
    assert paid.refunds_there() == 0
    held = {name: amount for name, amount in books().items() if amount}
    assert held == {"refunds": WHOLE, "deposits_held": -WHOLE}
    assert told(refund) == ["refund_done"]
    assert verify() == []


def test_a_part_is_refunded_and_the_rest_too(paid: Refunding) -> None:
    first, second = paid.ask(20_000), paid.ask(28_000)

    work()

    for refund in (first, second):
        refund.refresh_from_db()
        assert (refund.state, refund.means) == ("done", "refund")
        assert refund.gateway_id
    assert (paid.gone(), paid.refunds_there(), paid.attempt.refunded) == (WHOLE, 2, WHOLE)
    assert books()["gateway_clearing"] == 0
    assert verify() == []


def test_yesterdays_payment_and_another_method_are_refunded_not_voided(
    paid: Refunding,
) -> None:
    paid.payment.paid_at = timezone.now() - timedelta(days=1)
    paid.payment.save(update_fields=["paid_at"])

    refund = paid.ask()
    work()

    refund.refresh_from_db()
    assert (refund.state, refund.means, paid.gone()) == ("done", "refund", WHOLE)


def test_a_void_that_is_refused_is_refunded(paid: Refunding) -> None:
    # At the gateway it is tomorrow: the money is on its way to us.
    paid.wire.sandbox._call("POST", "clock", {"offset_seconds": 86_400})

    refund = paid.ask()
    work()
    work()

    refund.refresh_from_db()
    assert (refund.state, refund.means, paid.gone()) == ("done", "refund", WHOLE)
    assert paid.refunds_there() == 1
    assert verify() == []


@pytest.mark.parametrize("outcome", ["DECLINED", "ERROR", "CANCELLED"])
def test_what_the_gateway_does_not_do_becomes_credit(paid: Refunding, outcome: str) -> None:
    paid.plan(outcome)

    refund = paid.ask(20_000)
    work()

    refund.refresh_from_db()
    assert (refund.state, refund.refusal, paid.gone()) == ("failed", outcome, 0)
    assert CreditLot.objects.get().amount == 20_000
    # The studio has given it: the payment cannot be given back a second time.
    assert paid.attempt.refunded == 20_000
    assert told(refund) == ["refund_became_credit"]
    assert verify() == []


def test_credit_that_could_not_go_back_is_as_it_was(paid: Refunding) -> None:
    lot = paid.credit(valid_days=90)
    paid.plan("DECLINED")

    refund = paid.ask(20_000, source="credit")
    work()

    refund.refresh_from_db()
    again = CreditLot.objects.exclude(pk=lot.pk).get()
    assert refund.state == "failed"
    assert (again.amount, again.expires_at) == (20_000, lot.expires_at)
    assert paid.attempt.refunded == 0
    assert verify() == []

    retried = paid.ask(WHOLE, source="credit")
    work()
    retried.refresh_from_db()
    assert (retried.state, paid.gone()) == ("done", WHOLE)
    assert verify() == []


def test_a_method_that_gives_nothing_back_becomes_credit(wire: Wire, open_one: Any) -> None:
    paid = make_paid(wire, open_one, method="BANCOLOMBIA_QR")

    refund = paid.ask()
    work()

    refund.refresh_from_db()
    assert (refund.state, refund.means, refund.sends) == ("failed", "refund", 1)
    assert CreditLot.objects.get().amount == WHOLE
    assert verify() == []


def test_our_void_that_the_webhook_tells_of_first_finishes_the_refund(paid: Refunding) -> None:
    paid.wire.sandbox.faults("wompi", "timeout_after", path="/void", method="POST", next=1)
    refund = paid.ask()
    work()
    refund.refresh_from_db()
    assert refund.state == "unknown"

    paid.wire.deliver(paid.wire.events(paid.payment)[-1])

    refund.refresh_from_db()
    assert refund.state == "done"
    assert {name: amount for name, amount in books().items() if amount} == {
        "refunds": WHOLE,
        "deposits_held": -WHOLE,
    }
    assert not AuditEntry.objects.filter(action="finances.payment.voided").exists()
    work_on(30)
    assert verify() == []


@pytest.mark.parametrize("is_credit", [False, True])
def test_a_chargeback_takes_what_is_left_and_no_more(paid: Refunding, is_credit: bool) -> None:
    if is_credit:
        paid.credit()
    refund = paid.ask(20_000, source="credit" if is_credit else "goodwill")
    work()
    paid.charge_back()

    paid.wire.deliver(paid.wire.events(paid.payment)[-1])

    refund.refresh_from_db()
    assert refund.state == "done"
    assert books()["gateway_clearing"] == 0
    voided = AuditEntry.objects.get(action="finances.payment.voided")
    assert voided.facts["amount"] == "28000.00"
    wrong = [finding.text for finding in verify() if not finding.is_explained]
    assert wrong == []


def test_a_chargeback_of_what_became_credit_takes_what_is_left_of_it(
    wire: Wire, open_one: Any, payable: FakePayable
) -> None:
    payable.answer = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")
    paid = make_paid(wire, open_one)
    paid.ask(20_000)
    work()
    paid.charge_back()

    paid.wire.deliver(paid.wire.events(paid.payment)[-1])

    # 20 000 went back at the studio's cost: of the credit only the rest goes.
    assert left(CreditLot.objects.get()) == (20_000, 0)
    assert {name: amount for name, amount in books().items() if amount} == {
        "refunds": 20_000,
        "client_credit": -20_000,
    }
    assert verify() == []


def test_a_chargeback_ends_what_was_under_way_and_what_was_only_asked_for(
    paid: Refunding, limit: Any
) -> None:
    lot = paid.credit()
    paid.wire.sandbox.faults("wompi", "down", path="/refunds")
    under_way = paid.ask(20_000)
    work()
    limit(20_000)
    asked = paid.ask(8_000, source="credit")
    assert (asked.state, left(lot)) == ("requested", (40_000, 8_000))
    paid.charge_back()

    paid.wire.deliver(paid.wire.events(paid.payment)[-1])
    paid.wire.sandbox.faults("wompi", "off")
    work_on(30)

    for refund, state in ((under_way, "done"), (asked, "rejected")):
        refund.refresh_from_db()
        assert refund.state == state
    assert (paid.refunds_there(), left(lot)) == (0, (WHOLE, 0))
    assert books()["gateway_clearing"] == 0


def unanswered(paid: Refunding, settings: Any) -> Refund:
    """A refund whose answer got lost, at a gateway that does not know how to look one up."""
    paid.wire.sandbox.faults("wompi", "errors_after", path="/refunds", method="POST", next=1)
    refund = paid.ask(20_000)
    work()
    settings.WOMPI_BASE_URL = f"{paid.wire.sandbox.url}/wompi/v0"
    work_on(20)
    refund.refresh_from_db()
    return refund


def test_a_gateway_that_cannot_be_asked_leaves_it_to_a_person(
    paid: Refunding, settings: Any
) -> None:
    refund = unanswered(paid, settings)

    assert (refund.state, refund.waits_for_somebody) == ("unknown", True)
    assert paid.refunds_there() == 1
    assert AuditEntry.objects.filter(action="finances.refund.waits").count() == 1

    look_refund_up_again(refund_id=refund.pk, now=timezone.now())
    settings.WOMPI_BASE_URL = f"{paid.wire.sandbox.url}/wompi/v1"
    work()
    refund.refresh_from_db()
    assert refund.state == "done"
    assert verify() == []


@pytest.mark.parametrize(("is_done", "state"), [(True, "done"), (False, "failed")])
def test_a_person_says_what_the_gateways_desk_shows(
    paid: Refunding, settings: Any, is_done: bool, state: str
) -> None:
    refund = unanswered(paid, settings)

    ended = end_refund_by_hand(
        refund_id=refund.pk,
        is_done=is_done,
        reason="así lo muestra el panel",
        actor_id=paid.boss,
        now=timezone.now(),
    )

    assert ended.state == state
    assert CreditLot.objects.exists() is not is_done
    assert AuditEntry.objects.filter(action__startswith="finances.refund.found").count() == 1
    assert verify() == []
