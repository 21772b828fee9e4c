"""Who may give what back, out of whose money and where to: the rules and the books (FIN-09)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models.query import QuerySet
from django.utils import timezone

from core.db import execute
from core.errors import DomainError
from core.models import AuditEntry
from core.testing import race
from finances import errors
from finances.domain.payouts import Failure, LineStatus
from finances.models import (
    CashMovement,
    CounterPayment,
    CounterRefunded,
    CreditLot,
    PaymentAttempt,
    PayoutLine,
    Refund,
)
from finances.models.payees import PayeeKind
from finances.selectors.ledger import verify
from finances.services.cash import close_shift, open_shift
from finances.services.refunds import reject_refund
from finances.steps import refundable
from finances.steps.counter import take_in_person
from finances.steps.payouts import approve_line, give_line_back
from finances.tests.books import books
from finances.tests.credits import give, left
from finances.tests.earnings import payee
from finances.tests.places import make_place
from finances.tests.refunding import WHOLE, Refunding, make_paid, work
from finances.tests.refunding import limit as limit
from finances.tests.refunding import paid as paid
from finances.tests.test_batches import seen, settle_together


def held() -> dict[str, Decimal]:
    return {account: amount for account, amount in books().items() if amount}


def in_person(paid: Refunding, amount: int = 50_000, tip: int = 5_000) -> CounterPayment:
    """What the same client paid at the counter."""
    with transaction.atomic():
        return take_in_person(
            payable_kind="tests.thing",
            payable_id=uuid4(),
            client_id=paid.payment.client_id,
            amount=Decimal(amount),
            currency="COP",
            method="card",
            tip=Decimal(tip),
            tip_party=uuid4() if tip else None,
            actor_id=paid.clerk,
            cause_id=uuid4(),
            now=timezone.now(),
        )


def test_credit_that_goes_back_is_that_of_the_payment_before_what_ends_sooner(
    paid: Refunding,
) -> None:
    reward = give(paid.payment.client_id, 30_000, now=timezone.now(), valid_days=3)
    mine = paid.credit(40_000)

    refund = paid.ask(45_000, source="credit")

    assert (left(mine), left(reward)) == ((0, 0), (25_000, 0))
    assert refund.state == "queued"
    assert held()["refunds_payable"] == -45_000
    work()
    assert "refunds_payable" not in held()
    assert verify() == []


def test_na_29_a_reward_never_stands_in_the_way_of_a_refund(paid: Refunding) -> None:
    """Spent or not, rewards are the client's: what was paid and is credit goes back whole."""
    lot = paid.credit()
    reward = give(paid.payment.client_id, 30_000, now=timezone.now(), valid_days=3)

    paid.ask(source="credit")
    work()

    assert (left(lot), left(reward), paid.gone()) == ((0, 0), (30_000, 0), WHOLE)


def test_goodwill_leaves_what_was_paid_for_paid(paid: Refunding) -> None:
    paid.ask(10_000)
    work()

    assert held() == {"gateway_clearing": 38_000, "deposits_held": -WHOLE, "refunds": 10_000}


def test_goodwill_as_credit_is_done_at_once(paid: Refunding) -> None:
    refund = paid.ask(10_000, destination="credit")

    assert (refund.state, CreditLot.objects.get().amount) == ("done", 10_000)
    assert (held()["refunds"], held()["client_credit"]) == (10_000, -10_000)
    assert verify() == []


def test_above_the_limit_credit_waits_until_somebody_else_agrees(
    paid: Refunding, limit: Any
) -> None:
    limit(30_000)
    lot = paid.credit()
    small = paid.ask(30_000, source="credit")
    refund = paid.ask(10_000, source="credit")

    # What is asked for cannot be spent meanwhile, and the limit cannot be passed in steps.
    assert (small.state, refund.state, left(lot)) == ("queued", "requested", (8_000, 10_000))
    with pytest.raises(errors.RefundNeedsAnother):
        paid.agree(refund, by=paid.clerk)
    with pytest.raises(errors.RefundOfOneself):
        paid.agree(refund, by=paid.payment.client_id)

    paid.agree(refund)
    with pytest.raises(errors.RefundDecided):
        paid.agree(refund)
    work()

    assert (left(lot), paid.gone()) == ((8_000, 0), 40_000)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["finances.refund.requested"] * 2 + ["finances.refund.approved"]
    assert verify() == []


def test_what_is_refused_leaves_everything_as_it_was(paid: Refunding, limit: Any) -> None:
    limit(0)
    lot = paid.credit()
    refund = paid.ask(source="credit")

    refused = reject_refund(
        refund_id=refund.pk, reason="ya se usó", actor_id=paid.boss, now=timezone.now()
    )

    assert (refused.state, left(lot), paid.attempt.refunded) == ("rejected", (WHOLE, 0), 0)
    with pytest.raises(errors.RefundDecided):
        paid.agree(refund)
    assert verify() == []


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"amount": 0}, errors.RefundAmountWrong),
        ({"amount": "0.50"}, errors.RefundAmountWrong),
        ({"amount": WHOLE + 1}, errors.RefundTooMuch),
        ({"source": "credit"}, errors.RefundNoCredit),
        ({"source": "credit", "destination": "credit"}, errors.RefundWayWrong),
        ({"destination": "cash"}, errors.RefundPlaceMissing),
        ({"destination": "cash", "location_id": "a place"}, errors.CashShiftNeeded),
        ({"destination": "bank"}, errors.PayeeUnknown),
        ({"payment_id": uuid4()}, errors.PaymentUnknown),
        ({"by": "client"}, errors.RefundOfOneself),
    ],
)
def test_what_cannot_go_back_changes_nothing(
    paid: Refunding, wish: dict[str, Any], refusal: type[DomainError]
) -> None:
    if wish.get("location_id"):
        wish = {**wish, "location_id": make_place().pk}
    if wish.get("by"):
        wish = {**wish, "by": paid.payment.client_id}

    with pytest.raises(refusal):
        paid.ask(**wish)

    assert (Refund.objects.count(), paid.attempt.refunded) == (0, 0)
    assert held() == {"gateway_clearing": WHOLE, "deposits_held": -WHOLE}
    assert not AuditEntry.objects.exists()


def test_what_was_never_paid_does_not_go_back(paid: Refunding) -> None:
    PaymentAttempt.objects.update(status="declined", booked_at=None)

    with pytest.raises(errors.RefundNotPaid):
        paid.ask()


def test_a_second_approval_goes_back_beside_the_first(paid: Refunding) -> None:
    settle_together(seen(paid.payment, attempt=2))
    first, second = (paid.ask(destination="credit") for _ in range(2))
    with pytest.raises(errors.RefundTooMuch):
        paid.ask(1)

    assert {first.attempt_id, second.attempt_id} == set(
        PaymentAttempt.objects.values_list("pk", flat=True)
    )


def test_asked_twice_under_one_id_it_goes_back_once(paid: Refunding) -> None:
    this = uuid4()
    first, second = (paid.ask(10_000, refund_id=this) for _ in range(2))

    assert (first.pk, paid.attempt.refunded) == (second.pk, 10_000)


def test_cash_leaves_the_drawer_somebody_answers_for(paid: Refunding) -> None:
    place, payment = make_place(), in_person(paid)
    shift = open_shift(
        location_id=place.pk, opening_float=Decimal(90_000), actor_id=paid.clerk, now=timezone.now()
    )

    refund = paid.ask(20_000, payment_id=payment.pk, destination="cash", location_id=place.pk)

    assert (refund.state, CashMovement.objects.get().amount) == ("done", -20_000)
    closed = close_shift(
        shift_id=shift.pk,
        counted=Decimal(70_000),
        note="",
        actor_id=paid.clerk,
        now=timezone.now(),
    )
    assert (closed.expected, closed.difference) == (70_000, 0)
    assert verify() == []


def test_of_a_payment_in_person_the_tip_stays_and_no_gateway_has_it(paid: Refunding) -> None:
    payment = in_person(paid)
    with pytest.raises(errors.RefundWayWrong):
        paid.ask(1_000, payment_id=payment.pk)

    paid.ask(40_000, payment_id=payment.pk, destination="credit")
    with pytest.raises(errors.RefundTooMuch) as refusal:
        paid.ask(10_001, payment_id=payment.pk, destination="credit")

    assert refusal.value.facts["left"] == "10000.00"
    assert CounterRefunded.objects.get().refunded == 40_000
    assert verify() == []


@pytest.mark.parametrize(("is_paid", "state"), [(True, "done"), (False, "failed")])
def test_a_bank_payment_ends_the_refund(paid: Refunding, is_paid: bool, state: str) -> None:
    payee(paid.payment.client_id, kind=PayeeKind.CLIENT)
    lot = paid.credit(valid_days=90)
    refund = paid.ask(20_000, source="credit", destination="bank")
    assert refund.state == "queued"
    assert verify() == []

    line = PayoutLine.objects.get()
    with transaction.atomic():
        if is_paid:
            approve_line(line, now=timezone.now())
        else:
            give_line_back(line, LineStatus.FAILED, next(iter(Failure)), now=timezone.now())

    refund.refresh_from_db()
    assert refund.state == state
    assert CreditLot.objects.exclude(pk=lot.pk).exists() is not is_paid
    assert verify() == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount": 0}, "is_some_money"),
        ({"attempt": None, "destination": "bank"}, "of_one_payment"),
        ({"state": "lost"}, "state_known"),
        ({"source": "credit", "destination": "credit"}, "goes_somewhere"),
        ({"needs_approval": True}, "a_second_person_agrees"),
        ({"needs_approval": True, "decided_by": "clerk"}, "a_second_person_agrees"),
        ({"requested_by": "client"}, "not_ones_own"),
        ({"state": "done"}, "ended_when_it_is_over"),
    ],
)
def test_the_database_has_the_last_word(
    paid: Refunding, changes: dict[str, Any], rule: str
) -> None:
    refund = paid.ask(10_000)
    people = {"clerk": paid.clerk, "client": paid.payment.client_id}
    changes = {name: people.get(str(value), value) for name, value in changes.items()}

    with pytest.raises(IntegrityError, match=f"finances_refund_{rule}"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**changes)


def test_counters_never_pass_what_was_paid(paid: Refunding) -> None:
    payment = in_person(paid)
    counter = CounterRefunded.objects.create(payment=payment, paid=payment.amount)
    for row, amount in ((paid.attempt, WHOLE), (counter, 50_000)):
        for wrong in (amount + 1, -1):
            with pytest.raises(IntegrityError, match="no_more_than_paid"), transaction.atomic():
                type(row).objects.filter(pk=row.pk).update(refunded=wrong)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE finances_refund SET amount = amount + 1", "is promised 10001.00 COP back"),
        ("UPDATE finances_paymentattempt SET refunded = 0", "counts 0 given back"),
        (
            "UPDATE finances_refund SET state = 'done', ended_at = now()",
            "gateway clearing is 48000.00",
        ),
    ],
)
def test_the_books_are_checked_against_refunds(paid: Refunding, statement: str, says: str) -> None:
    paid.ask(10_000)
    assert verify() == []

    execute(statement)

    assert any(says in finding.text for finding in verify())


@pytest.mark.django_db(transaction=True)
class TestRaces:
    RIVALS = 6

    @pytest.mark.parametrize("where", ["online", "in person"])
    def test_six_who_ask_at_once_never_get_more_than_was_paid(
        self, wire: Any, open_one: Any, where: str
    ) -> None:
        paid = make_paid(wire, open_one)
        payment = paid.payment if where == "online" else in_person(paid, WHOLE, tip=0)
        ask = partial(paid.ask, 20_000, payment_id=payment.pk, destination="credit")

        outcomes = race([ask] * self.RIVALS)

        losers = [type(one).__name__ for one in outcomes if isinstance(one, Exception)]
        assert losers == ["RefundTooMuch"] * (self.RIVALS - 2)
        assert books()["refunds"] == 40_000
        assert verify() == []

    def test_control_without_locks_and_condition_more_goes_back(
        self,
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
        self, wire: Any, open_one: Any, limit: Any
    ) -> None:
        paid = make_paid(wire, open_one)
        limit(0)
        paid.credit()
        refund = paid.ask(source="credit")

        outcomes = race([partial(paid.agree, refund)] * self.RIVALS)

        losers = [type(one).__name__ for one in outcomes if isinstance(one, Exception)]
        assert losers == ["RefundDecided"] * (self.RIVALS - 1)
        assert books()["refunds_payable"] == -WHOLE
        assert verify() == []

    def test_six_workers_send_one_refund_once(self, wire: Any, open_one: Any) -> None:
        paid = make_paid(wire, open_one)
        refund = paid.ask(20_000)

        outcomes = race([work] * self.RIVALS)

        assert outcomes == [None] * self.RIVALS
        refund.refresh_from_db()
        assert (refund.state, refund.sends, paid.refunds_there()) == ("done", 1, 1)
        assert verify() == []

    def test_control_without_the_claims_lock_it_is_sent_twice(
        self, wire: Any, open_one: Any, monkeypatch: pytest.MonkeyPatch, all_read_first: None
    ) -> None:
        paid = make_paid(wire, open_one)
        paid.ask(20_000)
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

        race([work] * 2)

        assert paid.refunds_there() == 2

    def test_our_void_its_webhook_and_six_rounds_meet_and_one_ends_it(
        self, wire: Any, open_one: Any
    ) -> None:
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
