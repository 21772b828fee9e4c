"""People see to what differs: by money on the ledger, or by the gateway's own books (FIN-06).

Nobody confirms a payment here (NA-22): what the gateway has for a payment of ours, and would
settle, is settled by asking it again.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.outbox import publish
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.domain.reconciliation import PENDING, Kind, State, Subject, Way
from finances.domain.references import base_of
from finances.domain.statuses import Status
from finances.events import CreditAdjusted
from finances.models import Difference, FinanceSettings, Payment
from finances.models.ledger import MovementKind
from finances.services.reconciliation import compare_one
from finances.services.review import review_payment
from finances.steps.credit import issue_credit
from finances.steps.ledger import Movement, post_once
from finances.steps.reconciliation import DIFFERENCE
from users.selectors.people import list_administrators
from users.steps.locks import lock_person

ACCOUNTS = {Way.DIFFERENCES: Account.DIFFERENCES, Way.GATEWAY_FEES: Account.GATEWAY_FEES}


@use_case
def assign_difference(
    *, difference_id: UUID, owner_id: UUID, actor_id: UUID, now: datetime
) -> Difference:
    """Somebody who administers the studio sees to it from here on; audited.

    Raises `DifferenceUnknown`, `DifferenceOver`, `DifferenceOwnerWrong`.
    """
    difference = _lock(difference_id)
    if owner_id not in list_administrators():
        raise errors.DifferenceOwnerWrong
    difference.owner_id = owner_id
    if difference.state == State.OPEN:
        difference.state = State.ASSIGNED.value
    difference.save()
    _audit("assigned", difference, actor_id, now)
    return difference


@use_case
def resolve_difference(
    *,
    difference_id: UUID,
    way: Way,
    note: str,
    client_id: UUID | None,
    actor_id: UUID,
    now: datetime,
) -> Difference:
    """Book the money in question, or propose it where the rules want a second person; audited.

    Raises `DifferenceUnknown`, `DifferenceOver`, `DifferenceProposed`, `DifferenceWayWrong`,
    `DifferenceOfOneself`, `PersonUnknown`.
    """
    if client_id is not None:
        lock_person(person_id=client_id)
    difference = _lock(difference_id)
    if difference.state == State.PROPOSED:
        raise errors.DifferenceProposed
    _check_way(difference, way, client_id, actor_id)
    limit = get_settings(FinanceSettings).adjustment_approval_above
    difference.way, difference.note, difference.client_id = way.value, note, client_id
    difference.proposed_by_id = actor_id
    difference.needs_approval = abs(difference.amount) > limit
    if difference.needs_approval:
        difference.state = State.PROPOSED.value
        difference.save()
        _audit("proposed", difference, actor_id, now)
    else:
        _resolve(difference, by_id=actor_id, now=now)
    return difference


@use_case
def approve_resolution(*, difference_id: UUID, actor_id: UUID, now: datetime) -> Difference:
    """Agree to what somebody else proposed: it is booked, once; audited.

    Raises `DifferenceUnknown`, `DifferenceOver`, `DifferenceNotProposed`, `DifferenceNeedsAnother`,
    `DifferenceOfOneself`.
    """
    client_id = Difference.objects.filter(pk=difference_id).values_list("client", flat=True).first()
    if client_id is not None:
        lock_person(person_id=client_id)
    difference = _lock_proposed(difference_id)
    if actor_id == difference.proposed_by_id:
        raise errors.DifferenceNeedsAnother
    if actor_id == difference.client_id:
        raise errors.DifferenceOfOneself
    if difference.client_id != client_id:
        # Proposed anew between the look and the lock, for somebody whose person nobody holds.
        raise errors.DifferenceNotProposed
    _resolve(difference, by_id=actor_id, now=now)
    return difference


@use_case
def reject_resolution(*, difference_id: UUID, actor_id: UUID, now: datetime) -> Difference:
    """Refuse what was proposed, or withdraw it oneself: the difference waits as before; audited.

    Raises `DifferenceUnknown`, `DifferenceOver`, `DifferenceNotProposed`.
    """
    difference = _lock_proposed(difference_id)
    _audit("rejected", difference, actor_id, now)
    difference.withdraw_proposal()
    difference.save()
    return difference


def ask_again(*, difference_id: UUID, note: str, actor_id: UUID, now: datetime) -> Difference:
    """Have the provider asked again, believe it, and end the difference if there is none any more.

    A payment in review is reconsidered by the gateway's books, as its own button does. Raises
    `DifferenceUnknown`, `DifferenceOver`, `DifferenceNotSettled`, `ProviderUnavailable`.
    """
    difference = Difference.objects.filter(pk=difference_id).first()
    if difference is None:
        raise errors.DifferenceUnknown
    if difference.state not in PENDING:
        raise errors.DifferenceOver
    _lift_flag(difference, actor_id=actor_id, now=now)
    if compare_one(difference, now=now) is not None:
        raise errors.DifferenceNotSettled
    return _end_as_asked(difference_id, note=note, actor_id=actor_id, now=now)


def _lift_flag(difference: Difference, *, actor_id: UUID, now: datetime) -> None:
    if difference.subject != Subject.PAYMENT or not difference.theirs:
        return
    reference = base_of(difference.theirs["reference"])
    flagged = Payment.objects.filter(reference=reference, status=Status.FLAGGED).first()
    if flagged is not None:
        review_payment(payment_id=flagged.pk, actor_id=actor_id, now=now)


@transaction.atomic(durable=True)
def _end_as_asked(difference_id: UUID, *, note: str, actor_id: UUID, now: datetime) -> Difference:
    difference = _lock(difference_id)
    difference.withdraw_proposal()
    difference.way, difference.note = Way.ASKED_AGAIN.value, note
    difference.proposed_by_id = difference.resolved_by_id = actor_id
    difference.state, difference.ended_at = State.RESOLVED.value, now
    difference.save()
    _audit("resolved", difference, actor_id, now)
    return difference


def _lock(difference_id: UUID) -> Difference:
    rows = Difference.objects.filter(pk=difference_id)
    difference = rows.select_for_update(no_key=True).first()
    if difference is None:
        raise errors.DifferenceUnknown
    if difference.state not in PENDING:
        raise errors.DifferenceOver
    return difference


def _lock_proposed(difference_id: UUID) -> Difference:
    difference = _lock(difference_id)
    if difference.state != State.PROPOSED:
        raise errors.DifferenceNotProposed
    return difference


def _check_way(difference: Difference, way: Way, client_id: UUID | None, actor_id: UUID) -> None:
    is_credit = way is Way.CLIENT_CREDIT
    if way is Way.ASKED_AGAIN or is_credit != (client_id is not None):
        raise errors.DifferenceWayWrong
    if is_credit and (difference.amount <= 0 or difference.subject != Subject.PAYMENT):
        raise errors.DifferenceWayWrong
    if way is Way.GATEWAY_FEES and difference.amount >= 0:
        raise errors.DifferenceWayWrong
    if difference.kind == Kind.CURRENCY and difference.ours:
        has_booked = Decimal(difference.ours["money"]) != 0
        if has_booked:
            raise errors.DifferenceWayWrong
    if _settles_by_asking(difference):
        raise errors.DifferenceWayWrong
    if client_id == actor_id:
        raise errors.DifferenceOfOneself


def _settles_by_asking(difference: Difference) -> bool:
    """Whether the gateway has just what is owed for a payment of ours: that is settled, not booked.

    What contradicts its payment is never settled (NA-25), so that its money cannot come twice.
    """
    theirs = difference.theirs
    if difference.subject != Subject.PAYMENT or difference.amount <= 0 or not theirs:
        return False
    return Payment.objects.filter(
        reference=base_of(theirs["reference"]),
        amount=Decimal(theirs["amount"]),
        currency=theirs["currency"],
    ).exists()


def _resolve(difference: Difference, *, by_id: UUID, now: datetime) -> None:
    if difference.way == Way.CLIENT_CREDIT:
        _give_credit(difference, now=now)
    else:
        _post(difference, ACCOUNTS[Way(difference.way)], now=now)
    difference.state, difference.ended_at = State.RESOLVED.value, now
    difference.resolved_by_id = by_id
    difference.save()
    _audit("resolved", difference, by_id, now)


def _give_credit(difference: Difference, *, now: datetime) -> None:
    client_id = difference.client_id
    if client_id is None:
        raise errors.DifferenceWayWrong
    issue_credit(
        client_id=client_id,
        amount=difference.amount,
        currency=difference.currency,
        source=Account.GATEWAY_CLEARING,
        cause_kind=Cause.DIFFERENCE,
        cause_id=difference.pk,
        reason=difference.note,
        now=now,
    )
    publish(
        CreditAdjusted(
            client_id=client_id,
            amount=difference.amount,
            currency=difference.currency,
            reason=difference.note,
        )
    )


def _post(difference: Difference, against: Account, *, now: datetime) -> None:
    """More there than here comes in, less goes out."""
    place = Account.BANK if difference.subject == Subject.PAYOUT else Account.GATEWAY_CLEARING
    sides = move(
        amount=difference.amount,
        currency=difference.currency,
        debit=place,
        credit=against,
        party=None,
    )
    movement = Movement(
        MovementKind.DIFFERENCE_RESOLVED,
        sides,
        cause_kind=Cause.DIFFERENCE,
        cause_id=difference.pk,
    )
    post_once(movement, now=now)


def _audit(what: str, difference: Difference, actor_id: UUID, now: datetime) -> None:
    facts: dict[str, Any] = {
        "subject": difference.subject,
        "kind": difference.kind,
        "thing": difference.thing,
        "amount": str(difference.amount),
        "currency": difference.currency,
        "owner": str(difference.owner_id or ""),
        "way": difference.way,
        "client": str(difference.client_id or ""),
        "note": difference.note,
    }
    record(
        action=f"finances.difference.{what}",
        subject_kind=DIFFERENCE,
        subject_id=difference.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
