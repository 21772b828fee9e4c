"""Batches are stored before anybody hears of them, and their lines end once (FIN-07, NA-30).

Locks: payees in the order of their ids; then, or alone, a payout and its lines.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from core.audit import record
from core.db import requires_transaction
from core.ids import uuid7
from core.money import ZERO
from core.nudges import nudge_after_commit
from core.outbox import publish
from finances.domain.accounts import Account, Side, move
from finances.domain.causes import Cause
from finances.domain.payouts import Failure, LineStatus, Owed, in_batches
from finances.domain.references import reference_of
from finances.events import PayoutEnded
from finances.models import Commission, Payee, Payout, PayoutLine
from finances.models.ledger import MovementKind
from finances.models.payees import PayeeKind
from finances.models.payouts import LineSource
from finances.registry import paid_back_for
from finances.selectors.commissions import open_commissions, tips_owed
from finances.steps.ledger import Movement, post

# The provider pays in pesos of one country.
PAID_IN = "COP"
SEND = "finances.tasks.send_payouts"


@dataclass(frozen=True, slots=True)
class Due:
    """A payee who can be paid now, and what for; what is earned meanwhile is not among it."""

    payee: Payee
    owed: Owed
    commission_ids: Sequence[UUID]


@requires_transaction
def lock_payees(payee_ids: Sequence[UUID] | None) -> list[Payee]:
    """The payees in force who earn something, locked in one order: all, or those named.

    Whoever holds them is the only one to decide what they are paid.
    """
    found = Payee.objects.filter(
        replaced_at=None, kind__in=[PayeeKind.STAFF, PayeeKind.DEVELOPER]
    ).order_by("pk")
    if payee_ids is not None:
        found = found.filter(pk__in=payee_ids)
    return list(found.select_for_update(no_key=True))


@requires_transaction
def owed_to(payees: Sequence[Payee]) -> list[Due]:
    """What the ledger owes each of the locked payees now: what is in transit is owed no more."""
    parties = [payee.party for payee in payees]
    commissions = open_commissions(parties=parties, currency=PAID_IN)
    tips = tips_owed(parties=parties, currency=PAID_IN)
    return [
        Due(
            payee,
            Owed(commissions=commissions[payee.party].total, tips=tips.get(payee.party, ZERO)),
            commissions[payee.party].ids,
        )
        for payee in payees
    ]


@requires_transaction
def store_earnings(
    dues: Sequence[Due], *, most: Decimal, actor_id: UUID | None, now: datetime
) -> list[Payout]:
    """Take what is owed to these locked payees into batches of at most `most`, one kind each.

    From here on the money is in transit and nobody else can pay it: each open commission gets its
    line, tips leave what is owed.
    """
    kinds: dict[str, list[Due]] = defaultdict(list)
    for due in dues:
        kinds[PayeeKind(due.payee.kind).paid_as].append(due)
    payouts = []
    for payment_type in sorted(kinds):
        amounts = [(due, due.owed.total) for due in kinds[payment_type]]
        for batch in in_batches(amounts, most=most):
            lines = [_earnings_line(due) for due in batch]
            payouts.append(store_payout(payment_type, lines, actor_id=actor_id, now=now))
            for due, line in zip(batch, lines, strict=True):
                _take_commissions(due, line, now=now)
    return payouts


@requires_transaction
def store_payout(
    payment_type: str, lines: Sequence[PayoutLine], *, actor_id: UUID | None, now: datetime
) -> Payout:
    """Write a batch with its reference and key, move its money into transit, and wake a worker."""
    pk = uuid7()
    payout = Payout.objects.create(
        id=pk,
        reference=f"P{reference_of(pk)}",
        idempotency_key=uuid4(),
        payment_type=payment_type,
        amount=sum((line.amount for line in lines), ZERO),
        currency=PAID_IN,
        stored_at=now,
        stored_by_id=actor_id,
        next_look_at=now,
    )
    for line in lines:
        line.payout = payout
        line.reference = f"L{reference_of(line.pk)}"
    PayoutLine.objects.bulk_create(lines)
    post([_stored(line) for line in lines], now=now)
    record(
        action="finances.payout.stored",
        subject_kind="finances.payout",
        subject_id=payout.pk,
        actor_id=actor_id,
        now=now,
        facts={"amount": str(payout.amount), "currency": PAID_IN, "lines": len(lines)},
    )
    nudge_after_commit(SEND)
    return payout


@requires_transaction
def approve_line(line: PayoutLine, *, now: datetime) -> None:
    """The bank has paid: what was in transit has left."""
    _end(line, LineStatus.APPROVED, now=now)
    is_refund = line.source == LineSource.REFUND
    kind = MovementKind.REFUND_PAID if is_refund else MovementKind.PAYOUT_PAID
    sides = move(
        amount=line.amount,
        currency=line.currency,
        debit=Account.PAYOUTS_IN_TRANSIT,
        credit=Account.BANK,
        party=line.party,
    )
    post([_movement(kind, line, sides)], now=now)
    _tell(line, is_paid=True, now=now)


@requires_transaction
def give_line_back(
    line: PayoutLine, status: LineStatus, failure: Failure, *, detail: str = "", now: datetime
) -> None:
    """Nothing was paid: the money is owed again as before, and any later batch may take it."""
    line.failure, line.failure_detail = failure.value, detail[:200]
    _end(line, status, now=now)
    sides = [Side(side.account, -side.amount, side.currency, side.party) for side in _parts(line)]
    post([_movement(MovementKind.PAYOUT_RETURNED, line, sides)], now=now)
    Commission.objects.filter(line=line).update(line=None, updated_at=now)
    _tell(line, is_paid=False, now=now)


def _end(line: PayoutLine, status: LineStatus, *, now: datetime) -> None:
    line.status, line.ended_at, line.flagged_at = status.value, now, None
    line.save(
        update_fields=[
            "status",
            "ended_at",
            "flagged_at",
            "failure",
            "failure_detail",
            "gateway_id",
            "updated_at",
        ]
    )


def _tell(line: PayoutLine, *, is_paid: bool, now: datetime) -> None:
    """Whoever sent a refund tells its client; of earnings the payee hears."""
    if line.cause_id is not None:
        paid_back_for(line.cause_kind)(cause_id=line.cause_id, is_paid=is_paid, now=now)
        return
    publish(
        PayoutEnded(
            line_id=line.pk,
            party=line.party,
            amount=line.amount,
            currency=line.currency,
            account=line.payee.masked_account,
            is_paid=is_paid,
        )
    )


def _earnings_line(due: Due) -> PayoutLine:
    return PayoutLine(
        payee=due.payee,
        party=due.payee.party,
        source=LineSource.EARNINGS,
        commissions=due.owed.paid_for_commissions,
        tips=due.owed.tips,
        amount=due.owed.total,
        currency=PAID_IN,
    )


def _take_commissions(due: Due, line: PayoutLine, *, now: datetime) -> None:
    """The commissions belong to the line, those below nothing too, unless they all come to that."""
    if line.commissions == ZERO:
        return
    mine = Commission.objects.filter(pk__in=due.commission_ids, line=None)
    if mine.update(line=line, updated_at=now) != len(due.commission_ids):
        raise RuntimeError(f"commissions of {line.party} were taken while their payee was locked")


def _stored(line: PayoutLine) -> Movement:
    return _movement(MovementKind.PAYOUT_STORED, line, _parts(line))


def _parts(line: PayoutLine) -> list[Side]:
    """What is owed becomes what is in transit."""
    owed = [
        (Account.COMMISSIONS_PAYABLE, line.commissions),
        (Account.TIPS_PAYABLE, line.tips),
        (Account.REFUNDS_PAYABLE, line.refund),
    ]
    sides = [Side(account, part, line.currency, line.party) for account, part in owed if part]
    return [*sides, Side(Account.PAYOUTS_IN_TRANSIT, -line.amount, line.currency, line.party)]


def _movement(kind: MovementKind, line: PayoutLine, sides: Sequence[Side]) -> Movement:
    return Movement(kind, sides, cause_kind=Cause.PAYOUT_LINE, cause_id=line.pk)
