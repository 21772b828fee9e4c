"""Who may give what back, out of whose money and where to: the rules and the books (FIN-09)."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.db import execute
from core.errors import DomainError
from core.models import AuditEntry
from core.testing import deliver_outbox
from finances import errors
from finances.domain.payouts import Failure, LineStatus
from finances.models import (
    CashMovement,
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
from finances.steps.payouts import approve_line, give_line_back
from finances.tests.books import books
from finances.tests.credits import give, left
from finances.tests.earnings import payee
from finances.tests.places import make_place
from finances.tests.refunding import WHOLE, Refunding, in_person, work
from finances.tests.refunding import limit as limit
from finances.tests.refunding import paid as paid
from finances.tests.test_batches import seen, settle_together
from notifications.models import Notification


def held() -> dict[str, Decimal]:
    return {account: amount for account, amount in books().items() if amount}


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
    deliver_outbox()
    message = Notification.objects.get()
    assert message.person_id == paid.payment.client_id
    assert message.template == ("refund_done" if is_paid else "refund_came_back")
    assert message.facts["amount"] == "20000.00"
    assert not is_paid or message.facts["way"] == "a tu cuenta bancaria"


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
