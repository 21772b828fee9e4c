"""Real threads on real connections: no peso goes back twice (FIN-09)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models.query import QuerySet
from django.utils import timezone

from core.testing import race
from finances.selectors.ledger import verify
from finances.steps import refundable
from finances.tests.books import books
from finances.tests.refunding import WHOLE, in_person, make_paid, work
from finances.tests.refunding import limit as limit

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 6


@pytest.mark.parametrize("where", ["online", "in person"])
def test_six_who_ask_at_once_never_get_more_than_was_paid(
    wire: Any, open_one: Any, where: str
) -> None:
    paid = make_paid(wire, open_one)
    payment = paid.payment if where == "online" else in_person(paid, WHOLE, tip=0)
    ask = partial(paid.ask, 20_000, payment_id=payment.pk, destination="credit")

    outcomes = race([ask] * RIVALS)

    losers = [type(one).__name__ for one in outcomes if isinstance(one, Exception)]
    assert losers == ["RefundTooMuch"] * (RIVALS - 2)
    assert books()["refunds"] == 40_000
    assert verify() == []


def test_control_without_locks_and_condition_more_goes_back(
    wire: Any,
    open_one: Any,
    monkeypatch: pytest.MonkeyPatch,
    all_read_first: None,
    drop: Any,
) -> None:
    paid = make_paid(wire, open_one)
    drop("finances_paymentattempt", "finances_paymentattempt_refunded_no_more_than_paid")
    condition = "AND refunded + %(amount)s <= amount"
    assert condition in refundable.CLAIM_ONLINE
    unbound = refundable.CLAIM_ONLINE.replace(condition, "")
    monkeypatch.setattr(refundable, "CLAIM_ONLINE", unbound)

    outcomes = race([partial(paid.ask, WHOLE, destination="credit")] * 2)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert books()["refunds"] == 2 * WHOLE


def test_approved_six_times_at_once_it_is_promised_once(
    wire: Any, open_one: Any, limit: Any
) -> None:
    paid = make_paid(wire, open_one)
    limit(0)
    paid.credit()
    refund = paid.ask(source="credit")

    outcomes = race([partial(paid.agree, refund)] * RIVALS)

    losers = [type(one).__name__ for one in outcomes if isinstance(one, Exception)]
    assert losers == ["RefundDecided"] * (RIVALS - 1)
    assert books()["refunds_payable"] == -WHOLE
    assert verify() == []


def test_six_workers_send_one_refund_once(wire: Any, open_one: Any) -> None:
    paid = make_paid(wire, open_one)
    refund = paid.ask(20_000)

    outcomes = race([work] * RIVALS)

    assert outcomes == [None] * RIVALS
    refund.refresh_from_db()
    assert (refund.state, refund.sends, paid.refunds_there()) == ("done", 1, 1)
    assert verify() == []


def test_control_without_the_claims_lock_it_is_sent_twice(
    wire: Any, open_one: Any, monkeypatch: pytest.MonkeyPatch, all_read_first: None
) -> None:
    paid = make_paid(wire, open_one)
    paid.ask(20_000)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

    race([work] * 2)

    assert paid.refunds_there() == 2


def test_our_void_its_webhook_and_six_rounds_meet_and_one_ends_it(wire: Any, open_one: Any) -> None:
    for _ in range(3):
        paid = make_paid(wire, open_one)
        refund = paid.ask()
        paid.wire.sandbox.faults("wompi", "lost_answer", path="/void", next=1)
        work()
        paid.wire.post(paid.wire.events(paid.payment)[-1])
        later = timezone.now() + timedelta(minutes=2)

        outcomes = race([partial(work, later), paid.wire.work] * 3)

        assert outcomes == [None] * 6
        refund.refresh_from_db()
        assert refund.state == "done"
    assert verify() == []
