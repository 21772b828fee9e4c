"""What a refund does to the books, step by step, each once (FIN-09).

Locks: the client's person, then the payment, then the refund, then lots of credit.
"""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.db import requires_transaction
from core.nudges import nudge_after_commit
from core.outbox import publish
from finances import errors, metrics
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.domain.refunds import PROMISED, Destination, Source, State, may_become
from finances.events import RefundBecameCredit, RefundDone
from finances.models import CashMovement, Payment, PaymentAttempt, Refund
from finances.models.cash import CashMovementKind
from finances.models.ledger import MovementKind
from finances.steps.cash import find_till
from finances.steps.credit import issue_credit, release_credit, use_credit
from finances.steps.ledger import Movement, post_once
from finances.steps.payout_refunds import pay_out_refund
from finances.steps.refund_notes import take_off_documents
from finances.steps.refundable import give_back
from finances.steps.returns import return_credit
from users.steps.locks import lock_person

logger = logging.getLogger(__name__)

REFUND = Cause.REFUND
SEND = "finances.tasks.send_refunds"
PAID_FROM = {Destination.GATEWAY: Account.GATEWAY_CLEARING, Destination.CASH: Account.CASH}


@requires_transaction
def lock_refund(*, refund_id: UUID) -> Refund:
    """A refund with its payment, held after its client's person and its payment.

    Raises `RefundUnknown`.
    """
    rows = Refund.objects.filter(pk=refund_id)
    found = rows.values_list("client_id", "attempt__payment_id").first()
    if found is None:
        raise errors.RefundUnknown
    client_id, payment_id = found
    lock_person(person_id=client_id)
    lock_payment(payment_id=payment_id)
    # A statement of its own: what it reads must be younger than the locks.
    related = rows.select_related("attempt__payment", "counter_payment")
    return related.select_for_update(of=("self",), no_key=True).get()


@requires_transaction
def lock_payment(*, payment_id: UUID | None) -> None:
    """Settling and giving back of one payment never meet."""
    if payment_id is not None:
        Payment.objects.filter(pk=payment_id).select_for_update(no_key=True).get()


@requires_transaction
def promise(refund: Refund, *, actor_id: UUID, now: datetime) -> None:
    """The money is the client's from here on, and goes its way. The refund is new or requested.

    Raises `CashShiftNeeded`, `PayeeUnknown`.
    """
    if refund.source == Source.CREDIT:
        use_credit(
            payable_kind=REFUND,
            payable_ids=[refund.pk],
            into=Account.REFUNDS_PAYABLE,
            movement=MovementKind.REFUND_PROMISED,
            now=now,
        )
    else:
        _out_of_goodwill(refund, now=now)
    match refund.destination:
        case Destination.CREDIT:
            _become_credit(refund, now=now)
            _end(refund, State.DONE, now=now)
        case Destination.CASH:
            _out_of_the_drawer(refund, actor_id=actor_id, now=now)
            finish(refund, now=now)
        case Destination.BANK:
            move_on(refund, State.QUEUED)
            _to_the_bank(refund, actor_id=actor_id, now=now)
        case _:
            move_on(refund, State.QUEUED)
            refund.save()
            nudge_after_commit(SEND)


@requires_transaction
def finish(refund: Refund, *, now: datetime) -> None:
    """The money is out: in the drawer's or the gateway's books it is there no more."""
    paid_from = PAID_FROM[Destination(refund.destination)]
    _post(refund, MovementKind.REFUND_PAID, Account.REFUNDS_PAYABLE, paid_from, now)
    _end(refund, State.DONE, now=now)


@requires_transaction
def fail(refund: Refund, refusal: str, *, now: datetime) -> None:
    """The money cannot go where it should: the client has it as credit, and hears so.

    Credit it came out of keeps its days, and its payment can be given back again.
    """
    refund.refusal = refusal[:80]
    if refund.source == Source.CREDIT:
        return_credit(
            client_id=refund.client_id,
            amount=refund.amount,
            currency=refund.currency,
            source=Account.REFUNDS_PAYABLE,
            paid_kind=REFUND,
            paid_id=refund.pk,
            cause_kind=REFUND,
            cause_id=refund.pk,
            reason=refund.reason,
            now=now,
        )
        give_back(refund, now=now)
    else:
        _become_credit(refund, now=now)
    _end(refund, State.FAILED, now=now)


@requires_transaction
def leave_to_somebody(refund: Refund, why: str, *, now: datetime) -> None:
    """Nobody looks it up any more: a person has to see what the gateway's own desk says."""
    refund.state, refund.next_look_at = State.UNKNOWN.value, None
    refund.save()
    logger.error("refund waits for somebody", extra={"refund": str(refund.pk), "why": why})
    record(
        action="finances.refund.waits",
        subject_kind=REFUND,
        subject_id=refund.pk,
        actor_id=None,
        now=now,
        facts={"why": why, "sends": refund.sends, "means": refund.means},
    )


@requires_transaction
def withdraw(refund: Refund, *, now: datetime) -> None:
    """What was only asked for does not happen: credit and payment are as before."""
    release_credit(payable_kind=REFUND, payable_ids=[refund.pk], now=now)
    give_back(refund, now=now)
    _end(refund, State.REJECTED, now=now)


@requires_transaction
def hear_of_bank(*, cause_id: UUID, is_paid: bool, now: datetime) -> None:
    """A bank payment of a refund has ended; money that was not paid is credit."""
    refund = Refund.objects.select_for_update(no_key=True).get(pk=cause_id)
    if refund.state not in PROMISED:
        return
    if is_paid:
        _end(refund, State.DONE, now=now)
    else:
        fail(refund, "bank", now=now)


def move_on(refund: Refund, state: State) -> None:
    """Change the state in memory. Raises `ValueError` for a step there is not."""
    if refund.state and not may_become(refund.state, state):
        raise ValueError(f"a refund that is {refund.state} cannot be {state}")
    refund.state = state.value


def _end(refund: Refund, state: State, *, now: datetime) -> None:
    move_on(refund, state)
    refund.ended_at, refund.next_look_at = now, None
    refund.save()
    ended = metrics.REFUNDS_ENDED.labels(destination=refund.destination, state=state.value)
    transaction.on_commit(ended.inc)
    told: dict[str, Any] = {
        "refund_id": refund.pk,
        "client_id": refund.client_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "reason": refund.reason,
        "destination": refund.destination,
    }
    if state is State.DONE:
        publish(RefundDone(**told))
    elif state is State.FAILED:
        publish(RefundBecameCredit(**told))


def _out_of_goodwill(refund: Refund, *, now: datetime) -> None:
    """What has a document is taken off it; the rest is given before it was earned."""
    paid = refund.counter_payment or cast(PaymentAttempt, refund.attempt).payment
    rest = refund.amount - take_off_documents(refund, paid, now=now)
    if rest:
        kind = MovementKind.REFUND_PROMISED
        _post(refund, kind, Account.REFUNDS, Account.REFUNDS_PAYABLE, now, amount=rest)


def _become_credit(refund: Refund, *, now: datetime) -> None:
    issue_credit(
        client_id=refund.client_id,
        amount=refund.amount,
        currency=refund.currency,
        source=Account.REFUNDS_PAYABLE,
        cause_kind=REFUND,
        cause_id=refund.pk,
        reason=refund.reason,
        now=now,
    )


def _out_of_the_drawer(refund: Refund, *, actor_id: UUID, now: datetime) -> None:
    """Somebody answers for the cash that leaves: the open shift of the place."""
    shift_id = find_till(refund.location_id)
    if shift_id is None:
        raise errors.CashShiftNeeded
    CashMovement.objects.create(
        shift_id=shift_id,
        kind=CashMovementKind.REFUND,
        amount=-refund.amount,
        reason=refund.reason,
        made_by_id=actor_id,
        made_at=now,
        cause_id=refund.pk,
    )


def _to_the_bank(refund: Refund, *, actor_id: UUID, now: datetime) -> None:
    refund.save()
    pay_out_refund(
        client_id=refund.client_id,
        amount=refund.amount,
        currency=refund.currency,
        cause_kind=REFUND,
        cause_id=refund.pk,
        actor_id=actor_id,
        now=now,
    )


def _post(
    refund: Refund,
    kind: MovementKind,
    debit: Account,
    credit: Account,
    now: datetime,
    *,
    amount: Decimal | None = None,
) -> None:
    sides = move(
        amount=refund.amount if amount is None else amount,
        currency=refund.currency,
        debit=debit,
        credit=credit,
        party=refund.client_id,
    )
    post_once(Movement(kind, sides, cause_kind=REFUND, cause_id=refund.pk), now=now)
